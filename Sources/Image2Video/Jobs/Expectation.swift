/// What makes videos take about equally long.
struct Kind: Hashable, Sendable {
    let model: String
    let resolution: String
    let seconds: Int64
}

/// When a video of a kind is likely to be finished, in milliseconds of its age: first from what is reported
/// of the service, then from what was seen, smoothed the way TCP smooths round trips.
struct Expectation: Sendable {
    private(set) var from: Int64
    private(set) var to: Int64
    private var mean: Double?
    private var deviation = 0.0

    /// Nothing seen yet: 5 s clips are reported to take 30 to 50 s and 10 s clips 60 to 90 s. The window is
    /// wider, since looks outside it are sparse.
    init(_ kind: Kind) {
        let longer = max(0, kind.seconds - 5)
        from = 28_000 + 5_400 * longer
        to = 75_000 + 12_000 * longer
    }

    /// The age at which others of the kind were about to finish; nil until one has.
    var typical: Int64? { mean.map { Int64(max(0, $0 - deviation)) } }

    mutating func learn(_ age: Int64) {
        let age = Double(age)
        if let known = mean {
            deviation += (abs(age - known) - deviation) / 4
            mean = known + (age - known) / 8
        } else {
            mean = age
            deviation = age / 4
        }
        let center = mean ?? age
        from = Int64(max(0, center - max(2 * deviation, center / 20)))
        to = Int64(center + max(4 * deviation, center / 10))
    }
}
