/// How long to wait before asking again: random up to a bound that doubles, so that many clients that failed
/// together do not come back together, and never before the server wants it.
struct Backoff {
    var first: Int64 = 500
    var most: Int64 = 15_000
    private var count = 0

    init(first: Int64 = 500, most: Int64 = 15_000) {
        self.first = first
        self.most = most
    }

    mutating func next(retryAfter: Int64, _ jitter: inout Jitter) -> Int64 {
        let bound = min(most, first << Int64(min(count, 20)))
        count += 1
        return max(retryAfter, Int64(Double(bound) * jitter.unit()))
    }
}
