/// What to make: one wish for a video, or for several alike. A field that is nil was left to the service or
/// to the default its comment names. Names follow the service's.
public struct VideoRequest: Sendable {
    public var imageURL: String?
    public var prompt: String?
    public var negativePrompt: String?
    public var extendPrompt: Bool?
    /// Default `720p`, or what the model offers; empty leaves the field out.
    public var resolution: String?
    /// Seconds; default 5, or what the shots take together, or what the model offers.
    public var videoLength: Int64?
    public var webhookURL: String?
    /// Whether a client with a ledger may add a nonce to the webhook's address, by which a lost create is found again.
    public var hasWebhookNonce = true

    // Taken by the single endpoint only.
    public var audioType: AudioType?
    public var audioURL: String?
    public var isPremiumModel: Bool?
    public var effectCode: String?

    // Taken by the batch endpoint only.
    public var modelName: String? {
        didSet { if model?.name != modelName { model = nil } }
    }
    /// What the named model takes and costs, where the host has its entry: the request is checked against it.
    public private(set) var model: ModelRules?
    public var generateAudio: Bool?
    /// Shots that follow each other in one video.
    public var multiPrompt: [Shot] = []
    public var lastImageURL: String?
    public var count: Int64?

    /// The file to save to; none ends the job when the service has finished the video.
    public var target: String?
    public var replaceTarget = false
    /// Milliseconds from submit to the job's end; default as the client is configured.
    public var deadline: Int64?

    public init() {}

    public init(imageURL: String, prompt: String) {
        self.imageURL = imageURL
        self.prompt = prompt
    }

    /// One of several parts of a video.
    public struct Shot: Sendable {
        public let prompt: String
        /// Seconds.
        public let duration: Int64

        public init(prompt: String, duration: Int64) {
            self.prompt = prompt
            self.duration = duration
        }
    }

    /// Names a model and holds the request to what its entry says.
    public mutating func setModel(_ rules: ModelRules) {
        modelName = rules.name
        model = rules
    }

    /// The most videos that one request can ask for.
    public static let maxCount = 10
    /// The most shots of one video.
    public static let maxShots = 5

    /// How many videos this asks for.
    public var effectiveCount: Int { Int(count ?? 1) }

    /// As the model spells it; empty for a model that takes none.
    var effectiveResolution: String {
        guard let model else { return resolution ?? "720p" }
        return model.resolution(resolution ?? "720p")?.value ?? resolution ?? model.resolutions.first?.value
            ?? ""
    }
    var effectiveVideoLength: Int64 {
        if let videoLength { return videoLength }
        guard !multiPrompt.isEmpty else { return model?.usualDuration(at: effectiveResolution) ?? 5 }
        // Hosts can ask for any number of seconds.
        return multiPrompt.reduce(0) { sum, shot in
            let (longer, overflows) = sum.addingReportingOverflow(shot.duration)
            return overflows ? .max : longer
        }
    }
    var effectiveAudioType: AudioType { audioType ?? (audioURL == nil ? .none : .custom) }
}

extension Limit {
    public static var videoLength: Limit { Limit(field: "video_length", range: 1...3600) }
    public static var shotDuration: Limit { Limit(field: "multi_prompt", range: 1...3600) }
    public static var count: Limit { Limit(field: "count", range: 1...Int64(VideoRequest.maxCount)) }
    public static var deadline: Limit { Limit(field: "deadline", range: 1...604_800_000) }
}
