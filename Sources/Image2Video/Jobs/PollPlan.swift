/// Decides when to poll which jobs: a plan on paper that sends nothing and reads no clock.
///
/// Jobs that are due about now share one poll. A job is polled rarely while it is too young to be finished, often
/// around the age at which its kind usually is, and less and less often after that. When there are more jobs than one
/// poll takes, the lists take turns, at a pace that grows with the square root of their number. A finished job makes
/// others of its kind likely to be, too: while there are such, all lists take their turn within one floor. So the pace
/// is bounded by what there is to poll, not by what polls bring.
///
/// The jobs of a list that failed are suspects: they are polled apart from all others until they are answered, in
/// halves where the failure is of the ids, down to the one that is at fault, which is polled alone and less and less
/// often. The halves go out at once, but no more than so many within a floor, and one at a time, with pauses, while
/// nothing at all is answered. Where failures say nothing of the ids, as with refused credentials, all jobs wait
/// (`Outage`).
struct PollPlan {
    typealias Number = Int

    /// Jobs to be polled together. Each that was taken ends in `answered` or `failed`.
    struct Poll: Equatable {
        let numbers: [Number]
        fileprivate let isOfSuspects: Bool
        /// The list that they failed in before.
        fileprivate let list: Int?
    }

    /// The fate of the jobs of a poll that failed.
    enum Fate {
        /// They are polled again at once, in halves.
        case halved
        /// They are polled again later.
        case delayed
    }

    /// The reason to poll a job before its list's turn.
    private enum Haste: Int {
        case none
        /// Others of its kind have finished at such an age.
        case likely
        /// The host or the service wants it polled now.
        case told
    }

    private struct Entry {
        let kind: Kind
        let created: Instant
        var due: Instant
        /// Not polled before, whoever else is.
        var rest: Instant
        var lastPoll: Instant
        var isInFlight = false
        var haste = Haste.none
        /// News came while a poll was under way: what the poll brings may be older.
        var isStale = false
        var suspicion = Suspicion()
    }

    let interval: PollInterval
    private(set) var size: ListSize
    private var entries: [Number: Entry] = [:]
    private var expectations: [Kind: Expectation] = [:]
    /// The greatest age at which a job of the kind was just found finished.
    private var news: [Kind: Int64] = [:]
    /// Polls that are under way.
    private(set) var polls = 0
    private var lastPoll = Instant(milliseconds: 0)
    private var lastHastyPoll = Instant(milliseconds: 0)
    private var lists: Suspects
    private var outage = Outage()
    /// Lists of jobs that no poll had failed before, that failed in a row, whatever the reason.
    private var freshFailures = 0
    private var failures = Backoff()
    private var jitter: Jitter

    init(interval: PollInterval, listSize: Int, jitter: Jitter) {
        self.interval = interval
        self.jitter = jitter
        size = ListSize(listSize)
        lists = Suspects(floor: interval.floor)
        resetFailures()
    }

    var count: Int { entries.count }

    mutating func add(_ number: Number, kind: Kind, created: Instant, now: Instant) {
        let due = now + span(to: kind, age: now - created)
        entries[number] = Entry(kind: kind, created: created, due: due, rest: created, lastPoll: created)
    }

    mutating func remove(_ number: Number) {
        entries[number] = nil
    }

    /// How long a video of the kind is expected to take, in milliseconds.
    func expected(_ kind: Kind) -> Int64 {
        let expectation = expectations[kind] ?? Expectation(kind)
        return (expectation.from + expectation.to) / 2
    }

    // MARK: The next poll

    /// The time of the next poll.
    var next: Instant { min(nextOfMost, nextOfSuspects) }

    private var nextOfMost: Instant {
        var (first, likely, told) = (Instant.never, Instant.never, Instant.never)
        for entry in entries.values where !entry.isInFlight && !entry.suspicion.exists {
            switch entry.haste {
            case .none: first = min(first, entry.due)
            case .likely: likely = min(likely, entry.due)
            case .told: told = min(told, entry.due)
            }
        }
        let (floor, turns, ready) = (Double(interval.floor), Double(turns), outage.ready(polls: polls))
        if first != .never { first = max(first, lastPoll + Int64(floor / turns.squareRoot())) }
        if likely != .never { likely = max(likely, lastHastyPoll + Int64(floor / (turns + 1))) }
        return min(max(min(first, likely), ready), told)
    }

    private var nextOfSuspects: Instant {
        var (first, told) = (Instant.never, Instant.never)
        for entry in entries.values where !entry.isInFlight && entry.suspicion.exists {
            if entry.haste == .told { told = min(told, entry.due) } else { first = min(first, entry.due) }
        }
        return min(first == .never ? .never : max(first, readyForSuspects), told)
    }

    private var readyForSuspects: Instant { max(lists.ready, outage.ready(polls: polls)) }

    /// Nothing is answered any more, as far as suspects can tell.
    var isDown: Bool { lists.isDown }

    /// All polls fail, for a reason that is not of their jobs; or lists that have no job in common failed in a row, and
    /// one bad id is in one of them.
    var isOut: Bool { outage.exists || freshFailures > 2 }

    /// Jobs that failed, and have not been answered since.
    var suspects: [Number] { entries.filter { $0.value.suspicion.exists }.map { $0.key } }

    /// The jobs to poll now, most overdue first; also those that would be due within one floor, since they fit into
    /// the same request.
    mutating func take(now: Instant) -> Poll? {
        if nextOfMost <= now, let poll = takeMost(now) { return poll }
        return nextOfSuspects <= now ? takeSuspects(now) : nil
    }

    private mutating func takeMost(_ now: Instant) -> Poll? {
        let ripe = entries.filter {
            !$0.value.isInFlight && !$0.value.suspicion.exists && $0.value.rest <= now
                && $0.value.due <= now + interval.floor
        }
        guard !ripe.isEmpty else { return nil }
        // Haste is a head start, no more: whoever waited long enough has caught up.
        let order = ripe.map { number, entry in
            (time: entry.due + -interval.ceiling * Int64(entry.haste.rawValue), number: number)
        }
        let isHasty = ripe.contains { $0.value.haste != .none }
        let numbers = order.sorted { ($0.time, $0.number) < ($1.time, $1.number) }
            .prefix(isHasty ? size.next : scouts).map { $0.number }
        for number in numbers where entries[number]?.haste == .likely { lastHastyPoll = now }
        lastPoll = now
        size.asked(numbers.count)
        return begin(Poll(numbers: numbers, isOfSuspects: false, list: nil), now)
    }

    /// Takes a list of suspects, or where there is none that is due, one that is polled alone.
    private mutating func takeSuspects(_ now: Instant) -> Poll? {
        var list: (rank: Int, list: Suspects.List)?
        var alone: (due: Instant, number: Number)?
        for (number, entry) in entries where !entry.isInFlight && entry.due <= now {
            guard readyForSuspects <= now || entry.haste == .told else { continue }
            switch entry.suspicion.company {
            case .anyone: break
            case .list(let its):
                let rank = lists.prefersNewest ? 0 : -entry.suspicion.failures
                if list.map({ $0 < (rank, its) }) ?? true { list = (rank, its) }
            case .nobody:
                if alone.map({ $0 > (entry.due, number) }) ?? true { alone = (entry.due, number) }
            }
        }
        var numbers = alone.map { [$0.number] } ?? []
        if let list {
            numbers = entries.filter { $0.value.suspicion.company == .list(list.list) }.map { $0.key }
                .sorted()
        }
        guard !numbers.isEmpty else { return nil }
        lists.begin(now: now)
        return begin(Poll(numbers: numbers, isOfSuspects: true, list: list?.list), now)
    }

    private mutating func begin(_ poll: Poll, _ now: Instant) -> Poll {
        for number in poll.numbers {
            entries[number]?.isInFlight = true
            entries[number]?.haste = .none
            entries[number]?.rest = now + interval.floor
        }
        polls += 1
        return poll
    }

    private mutating func end(_ poll: Poll) {
        polls -= 1
        if poll.isOfSuspects { lists.end() }
    }

    // MARK: What polls bring

    /// A poll of `number` brought that it goes on.
    mutating func goesOn(_ number: Number, now: Instant) {
        guard var entry = entries[number] else { return }
        entry.isInFlight = false
        entry.lastPoll = now
        entry.due = now + span(to: entry.kind, age: now - entry.created)
        entry.suspicion.answered()
        let isStale = entry.isStale
        entry.isStale = false
        entries[number] = entry
        if isStale { hasten(number, now: now) }
    }

    /// A poll of `number` brought that it is finished.
    mutating func finished(_ number: Number, now: Instant) {
        guard let entry = entries.removeValue(forKey: number) else { return }
        let soonest = entry.lastPoll - entry.created
        let latest = now - entry.created
        var expectation = expectations[entry.kind] ?? Expectation(entry.kind)
        expectation.learn((soonest + latest) / 2)
        expectations[entry.kind] = expectation
        news[entry.kind] = max(latest, news[entry.kind] ?? 0)
    }

    /// All that the answer to a poll brought was said.
    mutating func answered(_ poll: Poll, now: Instant) {
        end(poll)
        resetFailures()
        outage.answered()
        freshFailures = 0
        if isDown { hastenSuspects(now) }
        size.answered(poll.numbers.count)
        if let count = lists.answered(poll.list, now: now) { size.wasTooLong(count) }
        hastenLikely(now)
    }

    /// The service is back: those that waited for it are polled.
    private mutating func hastenSuspects(_ now: Instant) {
        for (number, entry) in entries where !entry.isInFlight && entry.suspicion.exists {
            entries[number]?.due = min(entry.due, now)
            entries[number]?.rest = now
        }
    }

    /// Others of the kinds that a poll found finished likely are, too, when they are as old and were not seen going on
    /// at such an age.
    private mutating func hastenLikely(_ now: Instant) {
        guard !news.isEmpty else { return }
        for (number, entry) in entries where !entry.isInFlight && entry.haste == .none {
            guard !entry.suspicion.exists, let latest = news[entry.kind],
                let typical = expectations[entry.kind]?.typical,
                now - entry.created >= typical, entry.lastPoll - entry.created < latest
            else { continue }
            entries[number]?.due = min(entry.due, max(now, entry.rest))
            entries[number]?.haste = .likely
        }
        news = [:]
    }

    /// Polls `number` at once, because something says that it changed.
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

    // MARK: Polls that failed

    /// A poll failed: its jobs are delayed, never failed.
    mutating func failed(_ poll: Poll, _ blame: Blame, now: Instant, retryAfter: Int64) -> Fate {
        end(poll)
        let retryAfter = min(retryAfter, 300_000)
        let rest = blame == .none ? outage.pause(at: now) : nil
        let pause = max(interval.floor, rest ?? failures.next(retryAfter: retryAfter, &jitter), retryAfter)
        let numbers = poll.numbers.filter { entries[$0] != nil }
        if !poll.isOfSuspects { freshFailures += 1 }
        if blame == .none { outage.failed(now: now, pause: pause, retryAfter: retryAfter) }
        if blame == .ids { outage.answered() }
        guard blame != .none, let first = numbers.first else {
            delay(numbers, until: now + pause)
            return .delayed
        }
        for number in numbers { entries[number]?.suspicion.failed(answers: lists.answers) }
        let suspicion = entries[first]?.suspicion ?? Suspicion()
        let isOfIds = blame == .ids || suspicion.failures > 1
        let isAlone = suspicion.answersBefore == lists.answers
        lists.failed(poll.list, isAlone: blame == .unclear && isOfIds && isAlone, now: now, pause: pause)
        if !isOfIds {
            if poll.list == nil { put(numbers, into: lists.add()) }
            delay(numbers, until: now + pause)
        } else if numbers.count == 1 {
            isolate(first, now, retryAfter)
        } else {
            halve(numbers, until: now + retryAfter)
            return .halved
        }
        return .delayed
    }

    private mutating func delay(_ numbers: [Number], until time: Instant) {
        for number in numbers {
            entries[number]?.isInFlight = false
            entries[number]?.due = time
            entries[number]?.rest = time
        }
    }

    private mutating func halve(_ numbers: [Number], until time: Instant) {
        // The jobs of the last halves may have ended.
        if suspects.isEmpty { lists.forgetHalves() }
        let (first, second) = lists.addHalves(of: numbers.count)
        let half = numbers.count - numbers.count / 2
        put(Array(numbers.prefix(half)), into: first)
        put(Array(numbers.dropFirst(half)), into: second)
        delay(numbers, until: time)
    }

    /// The job is polled alone, after pauses that double up to the ceiling.
    private mutating func isolate(_ number: Number, _ now: Instant, _ retryAfter: Int64) {
        guard var entry = entries[number] else { return }
        entry.suspicion.isolate()
        entries[number] = entry
        let pause = min(interval.ceiling, interval.floor << Int64(min(entry.suspicion.failures, 20)))
        delay([number], until: now + max(interval.floor, retryAfter, jitter.spread(pause, by: 0.1)))
    }

    private mutating func put(_ numbers: [Number], into list: Suspects.List) {
        for number in numbers { entries[number]?.suspicion.join(list) }
    }

    // MARK: Spans

    private mutating func resetFailures() {
        failures = Backoff(first: 2 * interval.floor, most: max(interval.ceiling, 2 * interval.floor))
    }

    /// The jobs of a poll that may bring the first news: when it does, most others have rested, so that they can be
    /// polled then.
    private var scouts: Int { turns == 1 ? size.next : min(size.next, (2 * entries.count + 4) / 5) }

    /// How many polls it takes to see every job once.
    private var turns: Int { max(1, (entries.count + size.current - 1) / size.current) }

    /// From a poll of a job of this age to the next.
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
