/// How many ids one request asks about. The service does not say how many it takes: a list that failed, and whose
/// halves were both answered, was too long. When a number of full lists was answered, one that is longer is tried,
/// after each that was too long more rarely.
struct ListSize {
    private static let shortestPatience = 2
    private static let longestPatience = 256

    private let most: Int
    private(set) var current: Int
    /// The longest list that was answered since the last that was too long.
    private var proven = 0
    /// Full lists that were answered since a longer one was tried, and how many it takes.
    private var fullLists = 0
    private var patience = shortestPatience

    init(_ most: Int) {
        self.most = max(1, most)
        current = self.most
    }

    /// The most ids that the next list may have.
    var next: Int { fullLists >= patience ? min(most, current + max(1, current / 2)) : current }

    mutating func asked(_ count: Int) {
        if count > current { fullLists = 0 }
    }

    mutating func answered(_ count: Int) {
        proven = max(proven, count)
        if count > current {
            current = count
            patience = Self.shortestPatience
        } else if count == current, current < most {
            fullLists += 1
        }
    }

    /// The ids of a list of `count` were all answered, but not at once.
    mutating func wasTooLong(_ count: Int) {
        let half = count - count / 2
        if proven >= count { proven = half }
        patience = min(2 * patience, Self.longestPatience)
        current = min(current, max(half, proven))
    }
}
