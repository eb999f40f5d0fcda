/// What to make: one wish for a video, or for several alike. A field that is nil was left to the service or to
/// the default its comment names. Names follow the service's.
public struct VideoRequest: Sendable {
    public var imageURL: String?
    public var prompt: String?
    public var negativePrompt: String?
    public var extendPrompt: Bool?
    /// Default `720p`; empty leaves the field out.
    public var resolution: String?
    /// Seconds; default 5.
    public var videoLength: Int64?
    public var webhookURL: String?

    // Taken by the single endpoint only.
    public var audioType: AudioType?
    public var audioURL: String?
    public var isPremiumModel: Bool?
    public var effectCode: String?

    // Taken by the batch endpoint only.
    public var modelName: String?
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

    /// The most videos that one request can ask for.
    public static let maxCount = 10

    /// How many videos this asks for.
    public var effectiveCount: Int { Int(count ?? 1) }

    var effectiveResolution: String { resolution ?? "720p" }
    var effectiveVideoLength: Int64 { videoLength ?? 5 }
    var effectiveAudioType: AudioType { audioType ?? (audioURL == nil ? .none : .custom) }
}

extension Limit {
    public static var videoLength: Limit { Limit(field: "video_length", range: 1...3600) }
    public static var count: Limit { Limit(field: "count", range: 1...Int64(VideoRequest.maxCount)) }
    public static var deadline: Limit { Limit(field: "deadline", range: 1...604_800_000) }
}
