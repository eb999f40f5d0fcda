import Foundation

/// The time as the service writes it: milliseconds since 1970.
typealias Milliseconds = Int

func now() -> Milliseconds { Int(Date().timeIntervalSince1970 * 1000) }

/// A moment on two clocks of this machine, each in milliseconds and to the microsecond: the one of the day, and
/// the one that never jumps, which other processes read as CLOCK_MONOTONIC.
struct Moment: Sendable {
    let wall: Double
    let monotonic: Double

    static func now() -> Moment {
        Moment(wall: milliseconds(CLOCK_REALTIME), monotonic: milliseconds(CLOCK_MONOTONIC))
    }

    var wallJSON: JSON { .double(wall) }
    var monotonicJSON: JSON { .double(monotonic) }

    private static func milliseconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) * 1000 + Double(time.tv_nsec / 1000) / 1000
    }
}
