/// What the creates of a client cost: what the service says it took, and what is set aside for those it has
/// not answered, which is the high end of their estimates. Used from any thread.
final class Spending: @unchecked Sendable {
    private let lock = Lock()
    private let limit: Double?
    let prices: PriceHistory
    private var deducted = 0.0
    private var reserved = 0.0

    init(limit: Double?, prices: PriceHistory) {
        self.limit = limit
        self.prices = prices
    }

    var totals: (deducted: Double, reserved: Double) {
        lock.withLock { (deducted, reserved) }
    }

    /// Sets credits aside, unless that would pass the limit.
    func reserve(_ credits: Double, _ basis: Estimate.Basis? = nil) throws(I2VError) {
        try lock.withLock { () throws(I2VError) in
            if let limit, deducted + reserved + credits > limit {
                let ground = basis.map { ", going by \($0.words)" } ?? ""
                throw I2VError(
                    .budget,
                    "max_credits is \(limit.brief): \(deducted.brief) were taken, \(reserved.brief) are set aside, "
                        + "and this may take up to \(credits.brief)\(ground); raise max_credits if that is wanted",
                    field: "max_credits")
            }
            reserved += credits
        }
    }

    /// Gives back what was set aside, because nothing was taken.
    func release(_ estimate: Double) {
        lock.withLock { reserved -= estimate }
    }

    /// The service's word on what was taken, in place of the word before it or of the estimate.
    func book(_ credits: Double, replacing booked: Double?, estimate: Double) {
        lock.withLock {
            if let booked {
                deducted -= booked
            } else {
                reserved -= estimate
            }
            deducted += credits
        }
    }
}

extension Double {
    /// With two decimals at most; without a fraction where there is none.
    fileprivate var brief: String {
        guard abs(self) < 1e15 else { return "more than can be told" }
        let hundredths = Int64((self * 100).rounded())
        let (whole, rest) = hundredths.quotientAndRemainder(dividingBy: 100)
        guard rest != 0 else { return "\(whole)" }
        return rest < 10 ? "\(whole).0\(rest)" : rest % 10 == 0 ? "\(whole).\(rest / 10)" : "\(whole).\(rest)"
    }
}
