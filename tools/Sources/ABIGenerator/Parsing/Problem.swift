/// Where a declaration stands, for messages.
struct Location: Comparable {
    /// Relative to the project's root.
    var file: String
    var line: Int

    static func < (one: Self, other: Self) -> Bool { (one.file, one.line) < (other.file, other.line) }
}

/// One reason why the sources are refused, in words that say what to change.
struct Problem: CustomStringConvertible {
    var location: Location
    var message: String

    var description: String { "\(location.file):\(location.line): error: \(message)" }
}

/// All reasons at once: fixing them one run at a time would waste a maintainer's afternoon.
struct Refusal: Error, CustomStringConvertible {
    var problems: [Problem]

    var description: String {
        problems.sorted { ($0.location, $0.message) < ($1.location, $1.message) }
            .map(\.description).joined(separator: "\n")
    }
}

/// Collects problems while reading goes on.
final class Problems {
    private var found: [Problem] = []

    var isEmpty: Bool { found.isEmpty }

    func report(_ location: Location, _ message: String) {
        found.append(Problem(location: location, message: message))
    }

    func throwIfAny() throws {
        if !found.isEmpty { throw Refusal(problems: found) }
    }
}
