/// When a request that failed is sent again: one rule, which every operation names.
struct RetryPolicy: Sendable {
    /// Doing it twice is no different from doing it once. Otherwise it is repeated only if it provably was not
    /// received, or was refused for coming too soon.
    let isRepeatable: Bool
    /// The most tries; those that were refused for coming too soon are counted by themselves.
    let attempts: Int
    let attemptsTooSoon: Int
    let firstPause: Int64
    let longestPause: Int64

    /// A create: what may have arrived is never sent again.
    static let create = RetryPolicy(
        isRepeatable: false, attempts: 3, attemptsTooSoon: 8, firstPause: 400, longestPause: 15_000)
    /// A question, a deletion of what has an id, a login.
    static let read = RetryPolicy(
        isRepeatable: true, attempts: 4, attemptsTooSoon: 8, firstPause: 500, longestPause: 15_000)
    /// A download, which goes on where it broke off.
    static let download = RetryPolicy(
        isRepeatable: true, attempts: 6, attemptsTooSoon: 8, firstPause: 500, longestPause: 15_000)
}

/// The tries of one request.
struct Retries {
    /// Milliseconds that a try needs at least: one that begins just before its end only does harm.
    private static let margin: Int64 = 1_000

    private let policy: RetryPolicy
    private var failures = 0
    private var refusals = 0
    private var backoff: Backoff

    init(_ policy: RetryPolicy) {
        self.policy = policy
        backoff = Backoff(first: policy.firstPause, most: policy.longestPause)
    }

    /// Milliseconds to wait before the next try; nil when there must be none, because it could do harm, would
    /// fail in the same way, or cannot come before `limit`.
    mutating func pause(
        after error: I2VError, mayHaveArrived: Bool, retryAfter: Int64, until limit: Instant,
        _ jitter: inout Jitter
    ) -> Int64? {
        if error.status == .rateLimit {
            refusals += 1
            guard refusals < policy.attemptsTooSoon else { return nil }
        } else {
            failures += 1
            guard failures < policy.attempts else { return nil }
            guard policy.isRepeatable ? error.allowsReadAgain : error.isRetryable && !mayHaveArrived else {
                return nil
            }
        }
        let pause = backoff.next(retryAfter: retryAfter, &jitter)
        return .now + pause + Self.margin < limit ? pause : nil
    }

    /// Something went well: what fails from now on is another matter.
    mutating func succeeded() {
        self = Retries(policy)
    }
}

extension I2VError {
    /// Reading again is free, so more can be tried again than for a create.
    var allowsReadAgain: Bool {
        if isRetryable { return true }
        switch status {
        case .server, .protocol: return true
        case .http: return httpStatus == 408 || httpStatus >= 500
        default: return false
        }
    }
}
