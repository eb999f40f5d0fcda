/// What the service said of one video: a row of one of its answers. Every attribute is optional, since
/// answers of different endpoints list different ones, and the row itself stays at hand.
public final class Video: @unchecked Sendable {
    public let json: JSON
    public let id: String?
    /// The id for C, where the service wrote it as a number.
    private let numericID: CText?

    private init(_ row: JSON) {
        json = row
        id = row["_id"]?.id
        numericID = row["_id"]?.cString == nil ? id.map { CText($0) } : nil
    }

    /// The video in a row; nil for what is no row.
    static func read(_ row: JSON) -> Video? {
        row.isObject ? Video(row) : nil
    }

    /// A video of which only the id is known.
    static func named(_ id: String) -> Video? {
        guard let row = JSON.object() else { return nil }
        row.set("_id", id)
        return Video(row)
    }

    /// The same video for who keeps it long: a row keeps the whole answer alive that it came in.
    func alone() -> Video {
        Video(json.copy() ?? json)
    }

    /// The id's bytes, valid as long as the video lives.
    public var cID: UnsafePointer<CChar>? { numericID?.pointer ?? json["_id"]?.cString }

    /// Of two rows of one id the later counts, but a video that is finished and has an address is finished, whatever
    /// another row says and wherever that stands.
    func replaced(by later: Video) -> Video {
        isFinished && !later.isFinished ? self : later
    }

    private var isFinished: Bool { ServiceStatus(rawValue: status) == .completed && cVideoURL != nil }

    /// The raw status; 0 when the service did not say.
    public var status: Int32 {
        number("status") ?? 0
    }

    /// Where the finished video is, under whichever of the known names. Never the picture's address.
    public var videoURL: String? {
        cVideoURL.map { String(cString: $0) }
    }

    public var cVideoURL: UnsafePointer<CChar>? {
        for name: StaticString in ["video_url", "video", "external_video", "url", "videoUrl"] {
            if let text = json[name]?.cString, text.pointee != 0 { return text }
        }
        return nil
    }

    /// How long the service keeps a video.
    static let lifetime: Int64 = 7 * 86_400_000

    /// When the service removes it, in milliseconds since 1970; nil when it did not say when it was made.
    public var expiryTime: Int64? {
        guard let created = integer("create_time"), created > 0 else { return nil }
        return (Instant(milliseconds: created) + Self.lifetime).milliseconds
    }

    /// Milliseconds until then, by this machine's time of day; 0 when it has passed.
    public var remainingTime: Int64? {
        expiryTime.map { max(0, Instant(milliseconds: $0) - Instant(milliseconds: WallClock.now)) }
    }

    public var deductionCredit: Double? { real("deduction_credit") }

    /// Credits that one video can have taken: hundreds of times the dearest that is known.
    static let plausibleDeductions = 0...Estimate.mostCredits

    /// The deduction that the service names, if it is plausible: a wrong one must not use up a budget, nor add to one.
    var plausibleDeduction: Double? {
        deductionCredit.flatMap { Self.plausibleDeductions.contains($0) ? $0 : nil }
    }

    public var failureReason: String? { FailureReason.find(in: json) }

    // MARK: Attributes by the service's names

    public func text(_ name: String) -> String? { json.member(name)?.string }
    /// The text's bytes, valid as long as the video lives.
    public func cText(_ name: StaticString) -> UnsafePointer<CChar>? { json[name]?.cString }
    public func integer(_ name: StaticString) -> Int64? { json[name]?.integer }
    public func number(_ name: StaticString) -> Int32? { integer(name).flatMap { Int32(exactly: $0) } }
    public func real(_ name: StaticString) -> Double? { json[name]?.real }
    public func flag(_ name: StaticString) -> Bool? { json[name]?.bool }
}
