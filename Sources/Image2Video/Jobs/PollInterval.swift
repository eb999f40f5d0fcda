/// The shortest and longest time between two polls of a job.
public struct PollInterval: Sendable {
    public let floor: Int64
    public let ceiling: Int64

    public init(floor: Int64, ceiling: Int64) throws(I2VError) {
        let limit = Limit(field: "poll_interval", range: 10...3_600_000)
        try limit.check(floor)
        try limit.check(ceiling)
        guard floor <= ceiling else {
            throw .invalid("poll_interval", "poll_interval's floor is above its ceiling")
        }
        self.floor = floor
        self.ceiling = ceiling
    }

    private init(uncheckedFloor floor: Int64, ceiling: Int64) {
        self.floor = floor
        self.ceiling = ceiling
    }

    public static var standard: PollInterval { PollInterval(uncheckedFloor: 3_000, ceiling: 30_000) }
}
