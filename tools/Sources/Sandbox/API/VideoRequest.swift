import Foundation

/// One video as it was asked for, by either create endpoint, after validation.
struct VideoRequest: Sendable {
    var imageURL: String
    var lastImageURL = ""
    var prompt: String
    var negativePrompt: String
    var extendPrompt: Bool
    var resolution: String
    var seconds: Int
    var sound = Sound.none
    var audioURL = ""
    var effect: Effect?
    /// The parts of a video with several prompts.
    var scenes: [Scene] = []
    var modelName = ""
    var webhookURL: String
    var price: Int

    /// The service's `audio_type`.
    enum Sound: Int, Sendable {
        case generated = 1
        case uploaded = 2
        case none = 3
    }

    /// Reads the body of `createBySourcePrompt`.
    init(single body: Data, plan: Plan, prices: Prices) throws {
        let fields = try Fields(body)
        imageURL = try fields.url("image_url")
        effect = try Self.effect(fields.optionalText("effect_code") ?? "")
        // With an effect the service ignores the prompt.
        prompt = try effect == nil ? fields.text("prompt") : fields.optionalText("prompt") ?? ""
        negativePrompt = try fields.text("negative_prompt", empty: true)
        extendPrompt = try fields.flag("extend_prompt")
        resolution = try fields.text("resolution")
        guard ["720p", "1080p", "4k"].contains(resolution) else {
            throw ServiceError.parameter("resolution", "must be one of 720p, 1080p, 4k")
        }
        sound = Sound(rawValue: try fields.number("audio_type", oneOf: [1, 2, 3])) ?? .none
        audioURL = try (sound == .uploaded ? fields.url("audio_url") : fields.optionalText("audio_url")) ?? ""
        seconds = try fields.number("video_length", oneOf: [5, 10])
        let isPremium = try fields.flag("is_premium_model")
        webhookURL = try fields.optionalText("webhookurl") ?? ""
        price = prices.video(resolution: resolution, seconds: seconds)
        if plan == .free, isPremium || seconds > 5 { throw ServiceError.needsPro }
    }

    /// Reads the body of `createBySourcePrompt/batch`, apart from `count`.
    init(batch fields: Fields, count: Int, plan: Plan, prices: Prices) throws {
        let model = try Self.model(fields.optionalText("model_name") ?? "")
        imageURL = try fields.url("image_url")
        modelName = model?.name ?? ""
        negativePrompt = try fields.optionalText("negative_prompt") ?? ""
        extendPrompt = try fields.flag("extend_prompt")
        // A model without resolutions takes none; it answers for itself below.
        resolution = try model == nil ? fields.text("resolution") : fields.optionalText("resolution") ?? ""
        // Models allow different lengths; these bounds hold for all of them.
        seconds = try fields.number("video_length", in: 1...30)
        scenes = try Scene.list(fields, seconds: seconds)
        prompt = try scenes.isEmpty ? fields.text("prompt") : fields.optionalText("prompt") ?? ""
        lastImageURL = try fields.optionalURL("last_image_url") ?? ""
        webhookURL = try fields.optionalText("webhookurl") ?? ""
        price = Prices.listed(resolution: resolution, seconds: seconds)

        let wantsSound = try fields.flag("generate_audio")
        guard let model else {
            guard !wantsSound else { throw ServiceError.parameter("generate_audio", "needs a model_name") }
            return
        }
        try model.check(self, count: count, wantsSound: wantsSound, plan: plan)
        if model.makesSound(wantsSound) { sound = .generated }
        price = model.price(of: self, by: prices) ?? price
    }

    private static func effect(_ code: String) throws -> Effect? {
        if code.isEmpty { return nil }
        guard let effect = Effect.named(code) else { throw ServiceError.missing("effect_code") }
        return effect
    }

    private static func model(_ name: String) throws -> Model? {
        if name.isEmpty { return nil }
        guard let model = ModelCatalogue.model(named: name) else {
            throw ServiceError.parameter("model_name", "is not a known model")
        }
        return model
    }

    /// What people know it by: its prompt, or those of its parts.
    var title: String {
        prompt.isEmpty ? scenes.map(\.prompt).joined(separator: " / ") : prompt
    }

    /// The service calls outputs by the beginning of their prompt. It is cut by UTF-16 units, as a service in
    /// JavaScript would, so that there may be half an emoji at its end.
    var fileName: JSON {
        .text(utf16: Array("Image2Video_".utf16) + title.utf16.prefix(24) + Array(".mp4".utf16))
    }

    /// The shots of the video, one after the other.
    var shots: [Shot] {
        guard scenes.isEmpty else {
            return scenes.map { Shot(seconds: $0.seconds, move: CameraMove(named: $0.prompt)) }
        }
        return [Shot(seconds: seconds, move: effect?.move ?? CameraMove(named: prompt))]
    }
}
