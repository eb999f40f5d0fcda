/// Prices that the account was charged for videos, by kind: those this client heard itself, and those its ledger has
/// of other clients and earlier processes. Used from any thread.
final class PriceHistory: @unchecked Sendable {
    /// Prices change: no more than the last 50 of the last 30 days count.
    private static let mostPrices = 50
    private static let lifetime: Int64 = 30 * 86_400_000
    private static let mostKinds = 256

    private struct Entry {
        let kind: PriceKind
        /// Oldest first.
        var prices: [Price] = []
        /// The ledger has been read for it.
        var isRead = false

        mutating func add(_ price: Price) {
            if prices.count >= mostPrices { prices.removeFirst() }
            prices.append(price)
        }
    }

    private let ledger: Ledger?
    private let lock = Lock()
    /// Few as a rule, since a host makes few kinds of videos. The one that was not asked for longest comes first.
    private var entries: [Entry] = []

    init(_ ledger: Ledger?) {
        self.ledger = ledger
    }

    /// Notes the price that the service gives for a job's video, if that is news: its latest word replaces the one
    /// before. A failed video has no price, since its credits may be given back.
    func note(_ said: Double?, of video: Video, for job: Job) {
        let hasFailed = video.status == ServiceStatus.failed.rawValue
        guard hasFailed || (said != nil && said != job.record.deduction), let id = video.id,
            let kind = job.record.priceKind(job.kind)
        else { return }
        note(hasFailed ? nil : said, id: id, of: kind)
    }

    func note(_ credits: Double?, id: String, of kind: PriceKind) {
        let price = credits.flatMap { Price(id: id, time: WallClock.now, credits: $0) }
        lock.withLock {
            var entry = take(kind)
            entry.prices.removeAll { $0.id == id }
            if let price { entry.add(price) }
            entries.append(entry)
        }
    }

    /// The least and the most that one video of the kind cost; nil when nothing is known of it. For a host's own
    /// thread: the first estimate of a kind reads the ledger.
    func estimate(_ kind: PriceKind) -> Estimate? {
        let since = WallClock.now - Self.lifetime
        var entry = lock.withLock { () -> Entry in
            let entry = take(kind)
            entries.append(entry)
            return entry
        }
        // A ledger that cannot be read now is read the next time.
        if !entry.isRead, let known = try? ledger?.prices(of: kind, since: since) {
            entry = add(known, to: kind)
        }
        var range: (low: Double, high: Double)?
        for price in entry.prices where price.time >= since {
            range = (min(range?.low ?? price.credits, price.credits), max(range?.high ?? 0, price.credits))
        }
        return range.map { Estimate($0.low, $0.high, .observed) }
    }

    /// How many kinds are remembered.
    var kindCount: Int { lock.withLock { entries.count } }

    /// The ledger's prices, newest first, are older than those heard since.
    private func add(_ known: [Price], to kind: PriceKind) -> Entry {
        lock.withLock {
            let heard = take(kind).prices
            var entry = Entry(kind: kind, isRead: true)
            for price in known.reversed() where !heard.contains(where: { $0.id == price.id }) {
                entry.add(price)
            }
            for price in heard { entry.add(price) }
            entries.append(entry)
            return entry
        }
    }

    /// With the lock held: takes the kind's entry out, to be put back at the end.
    private func take(_ kind: PriceKind) -> Entry {
        if let index = entries.firstIndex(where: { $0.kind == kind }) { return entries.remove(at: index) }
        if entries.count >= Self.mostKinds { entries.removeFirst() }
        return Entry(kind: kind)
    }
}
