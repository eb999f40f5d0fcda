/// The shortest and longest time between two looks at a job.
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

/// Decides when to look at which jobs: a plan on paper that sends nothing and reads no clock.
///
/// Jobs that are due about now share one look. A job is looked at rarely while it is too young to be
/// finished, often around the age at which its kind usually is, and less and less often after that. When
/// there are more jobs than one look takes, the lists take turns, at a pace that grows with the square root
/// of their number: the first list that brings a finished job makes all others of its kind due at once.
struct PollPlan {
    typealias Number = Int

    private struct Entry {
        let kind: Kind
        let created: Instant
        var due: Instant
        var lastLook: Instant
        var isInFlight = false
        /// Known or likely to be finished: does not wait for its list's turn.
        var isUrgent = false
        /// News came while a look was under way: what the look brings may be older.
        var isStale = false
    }

    let interval: PollInterval
    var listSize: Int
    private var entries: [Number: Entry] = [:]
    private var expectations: [Kind: Expectation] = [:]
    private var lastLook = Instant(milliseconds: 0)
    private var failures = Backoff()
    private var jitter: Jitter

    init(interval: PollInterval, listSize: Int, jitter: Jitter) {
        self.interval = interval
        self.listSize = listSize
        self.jitter = jitter
        resetFailures()
    }

    var count: Int { entries.count }

    mutating func add(_ number: Number, kind: Kind, created: Instant, now: Instant) {
        let due = now + span(to: kind, age: now - created)
        entries[number] = Entry(kind: kind, created: created, due: due, lastLook: created)
    }

    mutating func remove(_ number: Number) {
        entries[number] = nil
    }

    /// The time of the next look.
    var next: Instant {
        var first = Instant.never
        var firstUrgent = Instant.never
        for entry in entries.values where !entry.isInFlight {
            if entry.due < first { first = entry.due }
            if entry.isUrgent && entry.due < firstUrgent { firstUrgent = entry.due }
        }
        return first == .never ? .never : min(firstUrgent, max(first, lastLook + pace))
    }

    /// The jobs to look at now, most overdue first; also those that would be due within one floor, since they
    /// fit into the same request.
    mutating func take(now: Instant) -> [Number] {
        guard next <= now else { return [] }
        let ripe = entries.filter { !$0.value.isInFlight && $0.value.due <= now + interval.floor }
        let order = ripe.sorted { left, right in
            left.value.isUrgent != right.value.isUrgent
                ? left.value.isUrgent
                : (left.value.due, left.key) < (right.value.due, right.key)
        }
        let numbers = order.prefix(listSize).map { $0.key }
        for number in numbers {
            entries[number]?.isInFlight = true
            entries[number]?.isUrgent = false
        }
        lastLook = now
        return numbers
    }

    /// A look at `number` brought that it goes on.
    mutating func goesOn(_ number: Number, now: Instant) {
        guard var entry = entries[number] else { return }
        entry.isInFlight = false
        entry.lastLook = now
        entry.due = entry.isStale ? now : now + span(to: entry.kind, age: now - entry.created)
        entry.isUrgent = entry.isStale
        entry.isStale = false
        entries[number] = entry
        resetFailures()
    }

    /// A look at `number` brought that it is finished. Others of its kind that are as old likely are, too.
    mutating func finished(_ number: Number, now: Instant) {
        guard let entry = entries.removeValue(forKey: number) else { return }
        resetFailures()
        let soonest = entry.lastLook - entry.created
        let latest = now - entry.created
        var expectation = expectations[entry.kind] ?? Expectation(entry.kind)
        expectation.learn((soonest + latest) / 2)
        expectations[entry.kind] = expectation
        guard let typical = expectation.typical else { return }
        for (other, its) in entries where its.kind == entry.kind && !its.isInFlight {
            guard now - its.created >= typical, its.lastLook - its.created < latest else { continue }
            entries[other]?.due = min(its.due, now)
            entries[other]?.isUrgent = true
        }
    }

    /// Looks at `number` at once, because something says that it changed.
    mutating func hasten(_ number: Number, now: Instant) {
        guard var entry = entries[number] else { return }
        if entry.isInFlight {
            entry.isStale = true
        } else {
            entry.due = now
            entry.isUrgent = true
        }
        entries[number] = entry
    }

    /// A look failed: its jobs are delayed, never failed.
    mutating func failed(_ numbers: [Number], now: Instant, retryAfter: Int64) {
        let span = max(interval.floor, failures.next(retryAfter: min(retryAfter, 300_000), &jitter))
        for number in numbers {
            entries[number]?.isInFlight = false
            entries[number]?.isUrgent = false
            entries[number]?.due = now + span
        }
    }

    /// A look was too long for the service: its jobs are asked about again at once, in shorter lists.
    mutating func split(_ numbers: [Number], into size: Int, now: Instant) {
        listSize = min(listSize, size)
        for number in numbers {
            entries[number]?.isInFlight = false
            hasten(number, now: now)
        }
    }

    /// How long a video of the kind is expected to take, in milliseconds.
    func expected(_ kind: Kind) -> Int64 {
        let expectation = expectations[kind] ?? Expectation(kind)
        return (expectation.from + expectation.to) / 2
    }

    private mutating func resetFailures() {
        failures = Backoff(first: 2 * interval.floor, most: max(interval.ceiling, 2 * interval.floor))
    }

    /// The time between the looks of lists that take turns; none for a single list.
    private var pace: Int64 {
        let lists = (entries.count + listSize - 1) / max(1, listSize)
        return lists <= 1 ? 0 : Int64(Double(interval.floor) / Double(lists).squareRoot())
    }

    /// From a look at a job of this age to the next.
    private mutating func span(to kind: Kind, age: Int64) -> Int64 {
        let expectation = expectations[kind] ?? Expectation(kind)
        let wish: Int64
        if age < expectation.from / 2 {
            wish = expectation.from / 2 - age
        } else if age < expectation.from {
            wish = expectation.from - age
        } else if age <= expectation.to {
            wish = interval.floor
        } else {
            wish = interval.floor + (age - expectation.to) / 8
        }
        let span = min(interval.ceiling, max(interval.floor, wish))
        return max(1, jitter.spread(span, by: 0.1))
    }
}
