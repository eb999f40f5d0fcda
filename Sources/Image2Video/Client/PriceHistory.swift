/// Prices that the account was charged for videos, by kind: those this client heard itself, and those its ledger has
/// of other clients and earlier processes. Used from any thread.
final class PriceHistory: @unchecked Sendable {
    /// Prices change: no more than the last 50 of the last 30 days count.
    private static let mostPrices = 50
    private static let lifetime: Int64 = 30 * 86_400_000
    private static let mostKinds = 1_000

    private struct Entry {
        /// Oldest first.
        var prices: [Price] = []
        /// The ledger has been asked.
        var isRead = false
    }

    private let ledger: Ledger?
    private let lock = Lock()
    private var entries: [PriceKind: Entry] = [:]

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
            var entry = entries[kind] ?? Entry()
            entry.prices.removeAll { $0.id == id }
            if let price { entry.prices.append(price) }
            keep(entry, of: kind)
        }
    }

    /// The least and the most that one video of the kind cost; nil when nothing is known of it. For a host's own
    /// thread: the first estimate of a kind reads the ledger.
    func estimate(_ kind: PriceKind) -> Estimate? {
        let since = WallClock.now - Self.lifetime
        if let ledger, lock.withLock({ entries[kind]?.isRead != true }) {
            // A ledger that cannot be read now is read the next time.
            if let known = try? ledger.prices(of: kind, since: since) { add(known, to: kind) }
        }
        let known = lock.withLock { entries[kind]?.prices ?? [] }
        let prices = known.filter { $0.time >= since }.map { $0.credits }
        guard let low = prices.min(), let high = prices.max() else { return nil }
        return Estimate(low, high, .observed)
    }

    /// How many kinds are remembered.
    var kindCount: Int { lock.withLock { entries.count } }

    /// The ledger's prices are older than those heard since.
    private func add(_ known: [Price], to kind: PriceKind) {
        lock.withLock {
            var entry = entries[kind] ?? Entry()
            entry.isRead = true
            let heard = entry.prices.map { $0.id }
            entry.prices = known.reversed().filter { !heard.contains($0.id) } + entry.prices
            keep(entry, of: kind)
        }
    }

    /// With the lock held.
    private func keep(_ entry: Entry, of kind: PriceKind) {
        var entry = entry
        entry.prices = Array(entry.prices.suffix(Self.mostPrices))
        if entries[kind] == nil, entries.count >= Self.mostKinds, let other = entries.keys.first {
            entries[other] = nil
        }
        entries[kind] = entry
    }
}
