/// Leaves a host alone that failed several times in a row, for a while that grows. Then one request goes ahead
/// and shows whether it is well again.
struct Breaker {
    /// Failures in a row before it is left alone.
    private static let threshold = 5

    private(set) var failures = 0
    /// Since when it is left alone.
    private(set) var since = Instant(milliseconds: 0)
    private var closedUntil = Instant(milliseconds: 0)
    private var isTrying = false
    private var backoff = Backoff(first: 1_000, most: 30_000)

    /// Nothing is known against the host.
    var isIdle: Bool { failures == 0 && !isTrying }

    /// When a request may go; `never` while one is out to try.
    var ready: Instant {
        guard failures >= Self.threshold else { return Instant(milliseconds: 0) }
        return isTrying ? .never : closedUntil
    }

    /// A request goes. Gives whether it is the one that shows how the host is.
    mutating func start() -> Bool {
        isTrying = failures >= Self.threshold
        return isTrying
    }

    /// A request ended; nil when it says nothing about the host.
    mutating func end(failed: Bool?, isTrial: Bool, now: Instant, _ jitter: inout Jitter) {
        if isTrial { isTrying = false }
        guard let failed else { return }
        guard failed else {
            self = Breaker()
            return
        }
        failures += 1
        if failures == Self.threshold { since = now }
        // What was under way already tells nothing new of a host that is left alone.
        guard failures == Self.threshold || failures > Self.threshold && isTrial else { return }
        closedUntil = now + 500 + backoff.next(retryAfter: 0, &jitter)
    }
}

extension Answer {
    /// Whether it speaks against its host; nil when it says nothing about it.
    var hostFailed: Bool? {
        // Servers refuse streams as a matter of course, when a connection has served its time. A proxy that wants
        // credentials wants them of each request.
        if isTooLarge || isRefused || isForProxyCredentials { return nil }
        if httpStatus >= 500 { return true }
        switch curlCode {
        case 0: return false
        case 23, 42: return nil  // broken off by this side: CURLE_WRITE_ERROR, CURLE_ABORTED_BY_CALLBACK
        default: return true
        }
    }
}
