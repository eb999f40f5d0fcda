/// What the transport knows of one host: whether it is well, what is under way to it, and what waits for it.
final class Host {
    /// The line of what is urgent; before it are those of the lanes.
    static let urgent = 2

    let name: String
    var breaker = Breaker()
    let peer = Peer()
    /// How many exchanges are under way, by lane.
    var active = [0, 0]
    var lines = [WaitingLine(), WaitingLine(), WaitingLine()]

    init(_ name: String) {
        self.name = name
    }

    var isUnused: Bool {
        active[0] == 0 && active[1] == 0 && lines.indices.allSatisfy { lines[$0].first() == nil }
    }

    /// The line that an exchange waits in.
    static func line(of exchange: Exchange) -> Int {
        exchange.request.isUrgent ? urgent : exchange.request.lane.rawValue
    }
}

/// Exchanges in the order in which they came. One that is cancelled is passed over when its turn has come, so that
/// cancelling thousands takes no time; when most of the line is such, they leave it.
struct WaitingLine {
    /// Whoever's turn has come is let go of at once, with all that is collected for it.
    private var exchanges: [Exchange?] = []
    private var head = 0
    private var cancelled = 0

    mutating func append(_ exchange: Exchange) {
        exchanges.append(exchange)
    }

    /// Whose turn is next.
    mutating func first() -> Exchange? {
        while head < exchanges.count, exchanges[head]?.state != .waiting { head += 1 }
        return head < exchanges.count ? exchanges[head] : nil
    }

    mutating func takeFirst() -> Exchange? {
        guard let exchange = first() else { return nil }
        exchanges[head] = nil
        head += 1
        tidy()
        return exchange
    }

    /// One of those that wait was cancelled.
    mutating func cancelOne() {
        cancelled += 1
        tidy()
    }

    private mutating func tidy() {
        let gone = head + cancelled
        guard gone > 32, 2 * gone > exchanges.count else { return }
        exchanges = exchanges[head...].filter { $0?.state == .waiting }
        (head, cancelled) = (0, 0)
    }
}
