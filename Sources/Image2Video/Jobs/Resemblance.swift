/// What the video of a lost create must look like, to tell it in the list of the account's videos.
struct Resemblance {
    /// How far the service's clock may be off, and how long a create may be under way, in milliseconds.
    private static let slack: Int64 = 600_000

    private let request: JSON
    private let nonce: String
    private let sent: Int64

    /// nil when the create was never sent.
    init?(_ record: Record) {
        guard let body = record.origin.call?.body, let request = JSON(parsing: body), let sent = record.sent
        else { return nil }
        self.request = request
        self.sent = sent
        nonce = record.origin.submission
    }

    /// The webhook's address in the request holds the submission's nonce, and so does the service's echo: what
    /// matches is certain.
    var isCertain: Bool { request["webhookurl"]?.string.map(holdsNonce) ?? false }

    func matches(_ video: Video) -> Bool {
        if isCertain { return video.text("webhookUrl").map(holdsNonce) ?? false }
        guard let created = video.integer("create_time") else { return false }
        // Any number can be in the service's answer, so the two are not subtracted.
        guard created >= earliest.milliseconds, created <= latest.milliseconds else { return false }
        if let earlier = request["pre_video_id"]?.id { return video.json["pre_video_id"]?.id == earlier }
        return agrees(video, "image_url", mustBeSaid: true) && agrees(video, "prompt", mustBeSaid: true)
            && agrees(video, "resolution") && agrees(video, "model_name")
    }

    private func holdsNonce(_ address: String) -> Bool { Array(address.utf8).holds(Array(nonce.utf8)) }

    /// Videos as old as this, and older ones, are not it.
    func isTooOld(_ video: Video) -> Bool {
        video.integer("create_time").map { $0 < earliest.milliseconds } ?? false
    }

    private var earliest: Instant { Instant(milliseconds: sent) + -Self.slack }
    private var latest: Instant { Instant(milliseconds: sent) + Self.slack }

    /// What the service does not say does not speak against it.
    private func agrees(_ video: Video, _ name: StaticString, mustBeSaid: Bool = false) -> Bool {
        guard let wanted = request[name]?.string, !wanted.isEmpty else { return true }
        guard let said = video.json[name]?.string else { return !mustBeSaid }
        return said == wanted || (EchoedText.isDamaged(said) && EchoedText.canBe(said, wanted))
    }
}
