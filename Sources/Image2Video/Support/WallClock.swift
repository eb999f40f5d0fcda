import CSystem

/// The time of day, in milliseconds since 1970, for what the service dates. It may jump; spans are measured
/// with `Instant`.
enum WallClock {
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
