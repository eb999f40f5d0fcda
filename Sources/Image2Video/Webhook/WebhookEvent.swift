/// What a verified webhook says of a video. It is a hint: what it is signed with is no secret, so whoever
/// acts on it looks at the video first.
public final class WebhookEvent: @unchecked Sendable {
    /// The decrypted contents.
    public let json: JSON
    public let id: String
    /// When the service made it, in milliseconds since 1970.
    public let timestamp: Int64
    /// Texts that C holds pointers to.
    public let texts = TextCache()

    private init(_ json: JSON, id: String, timestamp: Int64) {
        self.json = json
        self.id = id
        self.timestamp = timestamp
    }

    static func read(_ json: JSON, timestamp: Int64) -> WebhookEvent? {
        guard json.isObject, let id = json["_id"]?.id, VideoID.isUsable(id) else { return nil }
        return WebhookEvent(json, id: id, timestamp: timestamp)
    }

    /// The raw status; 0 when the service did not say.
    public var status: Int32 { json["status"]?.integer.flatMap { Int32(exactly: $0) } ?? 0 }
    public var type: String? { json["type"]?.string }
    public var url: String? { json["url"]?.string }
    public var deductionCredit: Double? { json["deduction_credit"]?.real }
}
