/// The polls that fail whatever they ask: for the credentials, the rate, the way to the service. Once two did in a
/// row, one at a time asks, with pauses, until one is answered: so their number hangs on time, not on the number of
/// jobs.
struct Outage {
    private var failures = 0
    private var earliest = Instant(milliseconds: 0)

    var exists: Bool { failures > 1 }

    /// When a poll may go, while so many are under way.
    func ready(polls: Int) -> Instant { exists && polls > 0 ? .never : earliest }

    /// The rest of the pause, nil when there is none: a poll that was under way when it began tells nothing new.
    func pause(at now: Instant) -> Int64? { earliest > now ? earliest - now : nil }

    /// A poll failed. The first time only the server says whether others should wait.
    mutating func failed(now: Instant, pause: Int64, retryAfter: Int64) {
        failures += 1
        earliest = max(earliest, now + (exists ? max(pause, retryAfter) : retryAfter))
    }

    /// The service answered.
    mutating func answered() {
        if exists { earliest = Instant(milliseconds: 0) }
        failures = 0
    }
}
