/// Random spans for spreading work in time. Seeded, so that tests can repeat a run.
struct Jitter: Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed | 1
    }

    /// A number from 0 up to, not including, 1. (xorshift64*)
    mutating func unit() -> Double {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return Double((state &* 0x2545_F491_4F6C_DD1D) >> 11) / 9_007_199_254_740_992
    }

    /// `span` changed by up to `share` of itself, either way.
    mutating func spread(_ span: Int64, by share: Double) -> Int64 {
        span + Int64(Double(span) * share * (2 * unit() - 1))
    }
}
