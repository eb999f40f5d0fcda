/// Facts that failures taught about a host, for the requests that follow.
final class Peer {
    /// Milliseconds for which an address that hung is passed over.
    private static let avoidance: Int64 = 300_000

    /// Its server takes HTTP/1.1 only, whatever it agreed to.
    var wantsHTTP1 = false
    /// The next request needs a connection that no other had.
    var wantsNewConnection = false
    private var hanging: [(address: String, until: Instant)] = []

    /// Nothing is known that differs from any other host.
    var isBlank: Bool { !wantsHTTP1 && !wantsNewConnection && hanging.allSatisfy { $0.until <= .now } }

    /// Another address is tried before this one.
    func avoid(_ address: String) {
        let now = Instant.now
        hanging.removeAll { $0.address == address || $0.until <= now }
        hanging.append((address, now + Self.avoidance))
    }

    func avoids(_ address: String) -> Bool {
        hanging.contains { $0.address == address && $0.until > .now }
    }

    /// There is no other address than those that hung.
    func avoidNone() {
        hanging = []
    }
}
