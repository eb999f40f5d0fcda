/// The expected cost of a request, as a range, and what that rests on. Budgets count the high end.
public struct Estimate: Sendable, Equatable {
    /// Better grounds come first.
    public enum Basis: Int32, Sendable {
        /// Prices that the account was charged for videos of the same kind.
        case observed = 1
        /// The price in the model's entry, in both of its readings.
        case model = 2
        /// The price table of the service's page, with the distance that bills have had from it.
        case page = 3
    }

    /// Credits for all videos of the request together.
    public let low: Double
    public let high: Double
    public let basis: Basis

    init(_ low: Double, _ high: Double, _ basis: Basis) {
        (self.low, self.high, self.basis) = (low, high, basis)
    }

    /// The most that one video is believed to cost. More is no price, whoever says so.
    static let mostCredits = 1e6

    /// A fifth of the page's price was billed for models chosen by name, five times of it at the single endpoint.
    private static let distanceFromPage = 5.0

    /// For all videos of a request, without any knowledge of what the account was charged before.
    init(for request: VideoRequest) {
        self = Self.perVideo(request) * request.effectiveCount
    }

    static func perVideo(_ request: VideoRequest) -> Estimate {
        let seconds = Limit.videoLength.nearest(request.effectiveVideoLength)
        if let model = request.model, let unit = model.unitCredit(at: request.effectiveResolution) {
            // Once for the clip, or for each of its seconds: the service does not say.
            let sound = request.hasModelSound ? model.audioMultiplier.map { min(max(0, $0), 100) } ?? 0 : 0
            let price = unit * (1 + sound)
            return Estimate(price, price * Double(seconds), .model)
        }
        let price = tabled(request.effectiveResolution) * units(seconds)
        return page(price...price)
    }

    /// New sound for a video. How long that is, is not known, so it is the table's shortest to its longest.
    static let sound = page(5 * units(5)...5 * units(10))

    private static func page(_ prices: ClosedRange<Double>) -> Estimate {
        Estimate(prices.lowerBound, prices.upperBound, .page).widened(by: distanceFromPage)
    }

    /// What the table does not list counts as the next dearer entry.
    private static func tabled(_ resolution: String) -> Double {
        switch resolution {
        case "720p": return 20
        case "1080p": return 25
        default: return 30
        }
    }

    /// The table counts in steps of five seconds.
    private static func units(_ seconds: Int64) -> Double { (Double(seconds) / 5).rounded(.up) }

    func widened(by factor: Double) -> Estimate { Estimate(low / factor, high * factor, basis) }

    /// For so many videos; for one where a host asks for fewer.
    static func * (one: Estimate, count: Int) -> Estimate {
        let count = Double(max(1, count))
        return Estimate(one.low * count, one.high * count, one.basis)
    }
}

extension Estimate.Basis {
    /// For messages: "up to 100 credits, going by …".
    var words: String {
        switch self {
        case .observed: return "what was charged before"
        case .model: return "the model's entry"
        case .page: return "the service's price table"
        }
    }
}

extension VideoRequest {
    /// The expected cost of all its videos together. A client, which knows former prices, estimates better.
    public var estimate: Estimate { Estimate(for: self) }

    /// The model makes sound for it, asked to or not.
    fileprivate var hasModelSound: Bool { generateAudio == true || model?.alwaysMakesAudio == true }
}
