/// One item of `multi_prompt`: a part of the video with a prompt of its own.
struct Scene: Sendable {
    let seconds: Int
    let prompt: String

    private static let most = 5

    /// Reads `multi_prompt`; nothing when it is absent or empty.
    static func list(_ fields: Fields, seconds total: Int) throws -> [Scene] {
        let items = try fields.items("multi_prompt")
        if items.isEmpty { return [] }
        guard items.count <= most else {
            throw ServiceError.parameter("multi_prompt", "must have at most \(most) items")
        }
        let scenes = try items.map(Scene.init)
        guard scenes.reduce(0, { $0 + $1.seconds }) == total else {
            throw ServiceError.parameter("multi_prompt", "must have durations that sum to video_length")
        }
        return scenes
    }

    private init(_ item: JSON) throws {
        guard let seconds = item["duration"]?.int, seconds > 0, let prompt = item["prompt"]?.string,
            !prompt.isEmpty
        else { throw ServiceError.parameter("multi_prompt", "must hold items of duration and prompt") }
        self.seconds = seconds
        self.prompt = prompt
    }
}
