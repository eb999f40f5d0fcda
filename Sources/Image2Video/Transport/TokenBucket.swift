/// Bounds how many requests go out in a time: so many a second, and after a quiet time twice as many at once.
struct TokenBucket {
    private let rate: Double
    private let capacity: Double
    private var tokens: Double
    private var last: Instant

    init(perSecond rate: Double, now: Instant) {
        self.rate = rate
        capacity = max(1, 2 * rate)
        tokens = capacity
        last = now
    }

    /// When the next request may go.
    mutating func ready(_ now: Instant) -> Instant {
        tokens = min(capacity, tokens + Double(max(0, now - last)) / 1000 * rate)
        last = now
        return tokens >= 1 ? now : now + Int64(((1 - tokens) / rate * 1000).rounded(.up))
    }

    /// One goes.
    mutating func take() {
        tokens = max(0, tokens - 1)
    }
}
