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
/// of their number. A finished job makes others of its kind likely to be, too: while there are such, all lists
/// take their turn within one floor. So the pace is bounded by what there is to look at, not by what looks bring.
struct PollPlan {
    typealias Number = Int

    /// What speaks for a job to be looked at before its list's turn.
    private enum Haste: Int {
        case none
        /// Others of its kind have finished at such an age.
        case likely
        /// The host or the service wants it looked at now.
        case told
    }

    private struct Entry {
        let kind: Kind
        let created: Instant
        var due: Instant
        /// Not looked at before, whoever else is.
        var rest: Instant
        var lastLook: Instant
        var isInFlight = false
        var haste = Haste.none
        /// News came while a look was under way: what the look brings may be older.
        var isStale = false
    }

    let interval: PollInterval
    var listSize: Int
    private var entries: [Number: Entry] = [:]
    private var expectations: [Kind: Expectation] = [:]
    /// The greatest age at which a job of the kind was just found finished.
    private var news: [Kind: Int64] = [:]
    /// Looks that are under way.
    private(set) var looks = 0
    private var lastLook = Instant(milliseconds: 0)
    private var lastHastyLook = Instant(milliseconds: 0)
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
        entries[number] = Entry(kind: kind, created: created, due: due, rest: created, lastLook: created)
    }

    mutating func remove(_ number: Number) {
        entries[number] = nil
    }

    /// The time of the next look.
    var next: Instant {
        var (first, likely, told) = (Instant.never, Instant.never, Instant.never)
        for entry in entries.values where !entry.isInFlight {
            switch entry.haste {
            case .none: first = min(first, entry.due)
            case .likely: likely = min(likely, entry.due)
            case .told: told = min(told, entry.due)
            }
        }
        let (floor, turns) = (Double(interval.floor), Double(lists))
        if first != .never { first = max(first, lastLook + Int64(floor / turns.squareRoot())) }
        if likely != .never { likely = max(likely, lastHastyLook + Int64(floor / (turns + 1))) }
        return min(first, likely, told)
    }

    /// The jobs to look at now, most overdue first; also those that would be due within one floor, since they
    /// fit into the same request. Every look that was taken ends in one of `answered`, `failed` and `split`.
    mutating func take(now: Instant) -> [Number] {
        guard next <= now else { return [] }
        let ripe = entries.filter {
            !$0.value.isInFlight && $0.value.rest <= now && $0.value.due <= now + interval.floor
        }
        guard !ripe.isEmpty else { return [] }
        // Haste is a head start, no more: whoever waited long enough has caught up.
        let order = ripe.map { number, entry in
            (time: entry.due + -interval.ceiling * Int64(entry.haste.rawValue), number: number)
        }
        let isHasty = ripe.contains { $0.value.haste != .none }
        let numbers = order.sorted { ($0.time, $0.number) < ($1.time, $1.number) }
            .prefix(isHasty ? listSize : scouts).map { $0.number }
        for number in numbers {
            if entries[number]?.haste == .likely { lastHastyLook = now }
            entries[number]?.isInFlight = true
            entries[number]?.haste = .none
            entries[number]?.rest = now + interval.floor
        }
        lastLook = now
        looks += 1
        return numbers
    }

    /// A look at `number` brought that it goes on.
    mutating func goesOn(_ number: Number, now: Instant) {
        guard var entry = entries[number] else { return }
        entry.isInFlight = false
        entry.lastLook = now
        entry.due = now + span(to: entry.kind, age: now - entry.created)
        let isStale = entry.isStale
        entry.isStale = false
        entries[number] = entry
        if isStale { hasten(number, now: now) }
        resetFailures()
    }

    /// A look at `number` brought that it is finished.
    mutating func finished(_ number: Number, now: Instant) {
        guard let entry = entries.removeValue(forKey: number) else { return }
        resetFailures()
        let soonest = entry.lastLook - entry.created
        let latest = now - entry.created
        var expectation = expectations[entry.kind] ?? Expectation(entry.kind)
        expectation.learn((soonest + latest) / 2)
        expectations[entry.kind] = expectation
        news[entry.kind] = max(latest, news[entry.kind] ?? 0)
    }

    /// All that a look brought was said. Others of the kinds that it found finished likely are, too, when they are
    /// as old and were not seen going on at such an age.
    mutating func answered(now: Instant) {
        looks -= 1
        guard !news.isEmpty else { return }
        for (number, entry) in entries where !entry.isInFlight && entry.haste == .none {
            guard let latest = news[entry.kind], let typical = expectations[entry.kind]?.typical,
                now - entry.created >= typical, entry.lastLook - entry.created < latest
            else { continue }
            entries[number]?.due = min(entry.due, max(now, entry.rest))
            entries[number]?.haste = .likely
        }
        news = [:]
    }

    /// Looks at `number` at once, because something says that it changed.
    mutating func hasten(_ number: Number, now: Instant) {
        guard var entry = entries[number] else { return }
        if entry.isInFlight {
            entry.isStale = true
        } else {
            (entry.due, entry.rest) = (now, now)
            entry.haste = .told
        }
        entries[number] = entry
    }

    /// A look failed: its jobs are delayed, never failed.
    mutating func failed(_ numbers: [Number], now: Instant, retryAfter: Int64) {
        looks -= 1
        let span = max(interval.floor, failures.next(retryAfter: min(retryAfter, 300_000), &jitter))
        for number in numbers {
            entries[number]?.isInFlight = false
            entries[number]?.due = now + span
            entries[number]?.rest = now + span
        }
    }

    /// A look was too long for the service: its jobs are asked about again at once, in shorter lists.
    mutating func split(_ numbers: [Number], into size: Int, now: Instant) {
        looks -= 1
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

    /// The jobs of a look that may bring the first news: when it does, most others have rested, so that they can
    /// be looked at then.
    private var scouts: Int { lists == 1 ? listSize : min(listSize, (2 * entries.count + 4) / 5) }

    /// How many looks it takes to see every job once.
    private var lists: Int { max(1, (entries.count + listSize - 1) / max(1, listSize)) }

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
        return max(interval.floor, jitter.spread(span, by: 0.1))
    }
}
