import Testing

@testable import Image2Video

/// The poll plan under a clock of the test's own.
@Suite struct PollPlanTests {
    private let clip = Kind(model: "", resolution: "720p", seconds: 5)

    /// Lets a plan poll jobs that are finished at their given ages, and notes what that cost.
    private struct Run {
        var requests = 0
        var largestList = 0
        var lateness: [Int64] = []
        var polls: [Instant] = []
        /// From a poll of a job to the next of the same job, at least.
        var shortestGap = Int64.max
    }

    /// `jobs`: creation time and duration of each, in milliseconds. Answers take `latency`.
    private func run(
        _ jobs: [(created: Int64, takes: Int64)], _ interval: PollInterval = .standard, listSize: Int = 50,
        latency: Int64 = 20, seed: UInt64 = 7, until end: Int64 = 3_600_000
    ) -> Run {
        var plan = PollPlan(interval: interval, listSize: listSize, jitter: Jitter(seed: seed))
        var result = Run()
        var added = 0
        var clock: Int64 = 0
        var lastPolls: [Int: Instant] = [:]
        while clock < end && (added < jobs.count || plan.count > 0) {
            let now = Instant(milliseconds: clock)
            while added < jobs.count && jobs[added].created <= clock {
                plan.add(added, kind: clip, created: now, now: now)
                added += 1
            }
            if let poll = plan.take(now: now) {
                result.requests += 1
                result.polls.append(now)
                result.largestList = max(result.largestList, poll.numbers.count)
                for number in poll.numbers {
                    let last = lastPolls.updateValue(now, forKey: number)
                    result.shortestGap = min(result.shortestGap, last.map { now - $0 } ?? .max)
                }
                clock += latency
                let answered = Instant(milliseconds: clock)
                for number in poll.numbers {
                    let finish = jobs[number].created + jobs[number].takes
                    if finish <= clock - latency / 2 {
                        result.lateness.append(clock - finish)
                        plan.finished(number, now: answered)
                    } else {
                        plan.goesOn(number, now: answered)
                    }
                }
                plan.answered(poll, now: answered)
            } else {
                clock += 10
            }
        }
        #expect(plan.count == 0)
        return result
    }

    private func take(from plan: inout PollPlan, now: Instant) throws -> PollPlan.Poll {
        let poll = plan.take(now: now)
        return try #require(poll)
    }

    private func median(_ values: [Int64]) -> Int64 {
        values.sorted()[values.count / 2]
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8])
    func aHundredMinuteLongJobsNeedFewPolls(seed: UInt64) {
        let result = run((0..<100).map { (created: Int64($0) * 15, takes: 60_000) }, seed: seed)
        #expect(result.lateness.count == 100)
        #expect(result.requests <= 30, "\(result.requests) requests")
        #expect(median(result.lateness) <= 1_500, "\(median(result.lateness)) ms late")
    }

    @Test func aThousandJobsNeedAQuarterOfAPollEach() {
        let result = run((0..<1000).map { (created: Int64($0) * 10, takes: 40_000 + Int64($0 % 10) * 1000) })
        #expect(result.requests <= 250, "\(result.requests) requests")
        #expect(median(result.lateness) <= 3_000, "\(median(result.lateness)) ms late")
        #expect(result.largestList == 50)
    }

    /// From 30 to 60 s: that one has finished says little of the others.
    private func varying(_ count: Int) -> [(created: Int64, takes: Int64)] {
        var jitter = Jitter(seed: 11)
        return (0..<count).map { (created: Int64($0) * 10, takes: 30_000 + Int64(jitter.unit() * 30_000)) }
    }

    @Test(arguments: [1, 2])
    func jobsOfVaryingLengthNeedAFifthOfAPollEach(seed: UInt64) {
        let result = run(varying(1000), seed: seed)
        let late = result.lateness.sorted()
        #expect(result.requests <= 200, "\(result.requests) requests")
        #expect(late[500] <= 2_500, "\(late[500]) ms late")
        #expect(late[950] <= 5_000, "\(late[950]) ms late")
    }

    @Test(arguments: [1, 40, 100])
    func noJobIsPolledTwiceWithinTheFloor(count: Int) {
        let result = run(varying(count), latency: 100)
        #expect(result.shortestGap >= 3_000, "\(result.shortestGap) ms")
    }

    /// More than the answers let through: whoever hastens does not hold up the rest for good.
    @Test func jobsOfAnotherKindTakeTheirTurnAmongHastyOnes() {
        var plan = PollPlan(interval: .standard, listSize: 1, jitter: Jitter(seed: 3))
        let start = Instant(milliseconds: 0)
        plan.add(0, kind: Kind(model: "other", resolution: "720p", seconds: 5), created: start, now: start)
        for number in 1...200 { plan.add(number, kind: clip, created: start, now: start) }
        var clock = Instant(milliseconds: 30_000)
        var newest = 200
        while clock.milliseconds < 200_000 {
            if let poll = plan.take(now: clock) {
                guard poll.numbers[0] > 0 else { return }
                clock = clock + 500
                plan.finished(poll.numbers[0], now: clock)
                newest += 1
                plan.add(newest, kind: clip, created: start, now: clock)
                plan.answered(poll, now: clock)
            }
            clock = clock + 1
        }
        Issue.record("the other kind was never polled")
    }

    @Test func pollsUnderWayAreCountedUntilTheyEnd() throws {
        var plan = PollPlan(interval: .standard, listSize: 1, jitter: Jitter(seed: 3))
        let start = Instant(milliseconds: 0)
        var polls: [PollPlan.Poll] = []
        for number in 1...4 {
            plan.add(number, kind: clip, created: start, now: start)
            plan.hasten(number, now: start)
            polls.append(try take(from: &plan, now: start))
            #expect(polls.last?.numbers == [number])
        }
        #expect(plan.polls == 4)
        plan.finished(1, now: start)
        plan.answered(polls[0], now: start)
        for (poll, blame) in zip(polls.dropFirst(), [Blame.none, .unclear, .ids]) {
            _ = plan.failed(poll, blame, now: start, retryAfter: 0)
        }
        #expect(plan.polls == 0)
    }

    @Test func oneJobIsPolledRarelyBeforeItsTimeAndOftenAroundIt() {
        let result = run([(created: 0, takes: 45_000)])
        let early = result.polls.filter { $0.milliseconds < 25_000 }.count
        #expect(early <= 2)
        #expect(result.lateness[0] <= 3_500)
        #expect(result.requests <= 10)
    }

    @Test func aSlowJobIsPolledLessAndLessOftenButNeverLessThanTheCeilingSays() {
        let result = run([(created: 0, takes: 1_800_000)])
        #expect(result.requests < 110, "\(result.requests) requests")
        for (one, next) in zip(result.polls, result.polls.dropFirst()) { #expect(next - one <= 33_100) }
    }

    @Test func whatWasLearnedMakesTheNextPollsSparseAndPunctual() {
        // One after the other: the later ones profit from the first.
        let result = run((0..<20).map { (created: Int64($0) * 400_000, takes: 300_000) }, until: 10_000_000)
        #expect(result.lateness.count == 20)
        let late = result.lateness.suffix(10)
        #expect(median(Array(late)) <= 4_000, "\(late)")
        #expect(result.polls.count / 20 <= 30, "\(result.polls.count) polls")
    }

    @Test func theBoundsHoldForASpedUpService() throws {
        let interval = try PollInterval(floor: 50, ceiling: 200)
        let result = run([(created: 0, takes: 2_000)], interval)
        #expect(result.lateness[0] <= 240)
        for (one, next) in zip(result.polls, result.polls.dropFirst()) { #expect(next - one >= 45) }
    }

    @Test func afterAFailureJobsAreDelayedMoreAndMore() throws {
        var plan = PollPlan(interval: .standard, listSize: 50, jitter: Jitter(seed: 3))
        plan.add(1, kind: clip, created: Instant(milliseconds: 0), now: Instant(milliseconds: 0))
        var now = plan.next
        var spans: [Int64] = []
        for _ in 0..<8 {
            let poll = try take(from: &plan, now: now)
            let fate = plan.failed(poll, .none, now: now, retryAfter: 0)
            #expect(fate == .delayed)
            spans.append(plan.next - now)
            now = plan.next
        }
        #expect(spans.allSatisfy { $0 >= 3_000 && $0 <= 30_000 })
        #expect(spans.suffix(4).max() ?? 0 > 6_000)
        let poll = try take(from: &plan, now: now)
        _ = plan.failed(poll, .none, now: now, retryAfter: 90_000)
        #expect(plan.next - now == 90_000)
    }

    @Test func aJobInFlightIsNotAskedAboutTwice() {
        var plan = PollPlan(interval: .standard, listSize: 2, jitter: Jitter(seed: 3))
        for number in 1...3 {
            plan.add(number, kind: clip, created: .init(milliseconds: 0), now: .init(milliseconds: 0))
        }
        let late = Instant(milliseconds: 100_000)
        let first = plan.take(now: late)?.numbers ?? []
        #expect(first.count == 2)
        let second = plan.take(now: late + 5_000)?.numbers ?? []
        #expect(second.count == 1)
        #expect(Set(first + second) == [1, 2, 3])
        let third = plan.take(now: late + 50_000)
        #expect(third == nil)
        #expect(plan.next == .never)
    }

    @Test func aHastenedJobIsDueAtOnce() {
        var plan = PollPlan(interval: .standard, listSize: 50, jitter: Jitter(seed: 3))
        plan.add(1, kind: clip, created: .init(milliseconds: 0), now: .init(milliseconds: 0))
        let early = plan.take(now: .init(milliseconds: 1))
        #expect(early == nil)
        plan.hasten(1, now: .init(milliseconds: 1))
        let poll = plan.take(now: .init(milliseconds: 1))
        #expect(poll?.numbers == [1])
    }

    @Test(arguments: [(0, 100), (100, 50), (10, 3_600_001), (-5, 100)])
    func wrongIntervalsAreRefused(floor: Int64, ceiling: Int64) {
        #expect(
            failure { () throws(I2VError) in try PollInterval(floor: floor, ceiling: ceiling) }.field
                == "poll_interval")
    }
}
