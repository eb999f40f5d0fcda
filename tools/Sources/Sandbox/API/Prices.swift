/// The prices of videos. Without a model they follow the price table of the service's page; what `unit_credit` of a
/// model's entry means is open, so that it can be billed in either way that has been reported.
struct Prices: Sendable {
    /// The use of one `unit_credit`.
    enum Unit: String, Sendable {
        /// As in the page's batch sample: 5 credits for 5 s where the entry says 5.
        case clip
        case second
    }

    var unit = Unit.clip
    /// Credits for any video of the single endpoint, in place of the page's table.
    var single: Int?

    func video(resolution: String, seconds: Int) -> Int {
        single ?? Self.listed(resolution: resolution, seconds: seconds)
    }

    /// Whole credits are charged; 0.8 times 5 may come out a hair above 4.
    func video(unitCredit: Double, seconds: Int, surcharge: Double) -> Int {
        let units = unit == .second ? Double(seconds) : 1
        return Int((unitCredit * units * (1 + surcharge) - 1e-9).rounded(.up))
    }

    /// By the page's table, which ends at 10 seconds and at 4k; anything in between counts as the next dearer entry.
    static func listed(resolution: String, seconds: Int) -> Int {
        let perFiveSeconds =
            switch FrameSize.shortSide(of: resolution) {
            case ...720: 20
            case ...1080: 25
            default: 30
            }
        return perFiveSeconds * fiveSecondUnits(seconds)
    }

    /// New sound for a video; the sound of a new video is included in its price.
    static func sound(seconds: Int) -> Int { 5 * fiveSecondUnits(seconds) }

    private static func fiveSecondUnits(_ seconds: Int) -> Int { (seconds + 4) / 5 }
}
