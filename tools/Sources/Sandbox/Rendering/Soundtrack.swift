/// What a video sounds like, and how ffmpeg is told.
enum Soundtrack: Sendable {
    case silent
    case ambience
    case file(InputFile)

    /// What tells one soundtrack from another.
    var key: String {
        switch self {
        case .silent: "silent"
        case .ambience: "ambience"
        case .file(let input): input.hash
        }
    }

    /// The arguments that read it.
    var input: [String] {
        switch self {
        case .silent: []
        case .ambience: ["-f", "lavfi", "-i", Self.wind]
        case .file(let input): ["-i", input.file.path]
        }
    }

    /// The arguments that put it into the output, when it is ffmpeg's input number `index`.
    func output(input index: Int) -> [String] {
        if case .silent = self { return [] }
        // A sound shorter than the clip ends in silence, so that both streams have the asked length.
        return [
            "-map", "\(index):a:0", "-af", "apad", "-c:a", "aac", "-b:a", "96k", "-ar", "44100", "-ac", "2",
        ]
    }

    /// Wind: audible as sound, restful over a day of testing.
    private static let wind =
        "anoisesrc=color=brown:sample_rate=44100:amplitude=0.5:seed=7,lowpass=f=500,tremolo=f=0.3:d=0.5"
}
