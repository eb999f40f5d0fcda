import CSystem

/// A point on a clock that never jumps, in milliseconds. Arithmetic saturates, since spans come from hosts.
public struct Instant: Comparable, Sendable {
    public let milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Later than every other instant.
    public static let never = Instant(milliseconds: .max)

    public static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    public static func < (left: Instant, right: Instant) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// `span` milliseconds later; a span without end gives `never`.
    public static func + (time: Instant, span: Int64) -> Instant {
        let (sum, overflow) = time.milliseconds.addingReportingOverflow(span)
        return overflow ? .never : Instant(milliseconds: sum)
    }

    /// Milliseconds from `right` to `left`.
    public static func - (left: Instant, right: Instant) -> Int64 {
        let (difference, overflow) = left.milliseconds.subtractingReportingOverflow(right.milliseconds)
        return overflow ? .max : difference
    }
}

extension Int64 {
    /// A span without end.
    public static let forever = Int64.max
}
