import Testing

@testable import Image2Video

/// The poll plan where lists fail: one bad id costs one row. Under a clock of the test's own.
@Suite struct SuspectTests {
    private let clip = Kind(model: "", resolution: "720p", seconds: 5)

    /// A service in simulated time, and what a client with a plan asks of it.
    private struct Simulation {
        var plan: PollPlan
        /// What the service makes of a list; nil answers it.
        let judge: (_ numbers: [Int], _ clock: Int64) -> Blame?
        var clock: Int64 = 0
        var requests = 0
        var failures = 0
        /// Requests with a bad id among several.
        var sizes: [Int] = []
        /// When each was finished.
        var ends: [Int: Int64] = [:]
        var ages: [Int: Int64] = [:]
        var latency: Int64 = 20
        private var underWay: [(poll: PollPlan.Poll, blame: Blame?, back: Int64)] = []

        init(_ plan: PollPlan, _ judge: @escaping (_ numbers: [Int], _ clock: Int64) -> Blame?) {
            self.plan = plan
            self.judge = judge
        }

        mutating func add(_ number: Int, _ kind: Kind, takes: Int64) {
            ages[number] = clock + takes
            plan.add(number, kind: kind, created: .init(milliseconds: clock), now: .init(milliseconds: clock))
        }

        mutating func run(until end: Int64) {
            while clock < end && plan.count > 0 {
                let now = Instant(milliseconds: clock)
                for (poll, blame, back) in underWay where back <= clock { answer(poll, blame, now) }
                underWay.removeAll { $0.back <= clock }
                // As the engine does: four at once.
                while underWay.count < 4, let poll = plan.take(now: now) {
                    requests += 1
                    sizes.append(poll.numbers.count)
                    underWay.append((poll, judge(poll.numbers, clock), clock + latency))
                }
                let back = underWay.map { $0.back }.min() ?? end
                let next = underWay.count < 4 ? min(plan.next.milliseconds, back) : back
                clock = min(end, max(clock + 1, next))
            }
        }

        private mutating func answer(_ poll: PollPlan.Poll, _ blame: Blame?, _ now: Instant) {
            if let blame {
                failures += 1
                _ = plan.failed(poll, blame, now: now, retryAfter: 0)
                return
            }
            for number in poll.numbers {
                if let end = ages[number], end <= clock - latency {
                    ends[number] = clock
                    plan.finished(number, now: now)
                } else {
                    plan.goesOn(number, now: now)
                }
            }
            plan.answered(poll, now: now)
        }
    }

    private func simulation(
        _ count: Int, takes: Int64, interval: PollInterval = .standard, listSize: Int = 50, seed: UInt64 = 5,
        _ judge: @escaping (_ numbers: [Int], _ clock: Int64) -> Blame?
    ) -> Simulation {
        var simulation = Simulation(
            PollPlan(interval: interval, listSize: listSize, jitter: Jitter(seed: seed)), judge)
        for number in 0..<count { simulation.add(number, clip, takes: takes) }
        return simulation
    }

    /// How late each good job is noticed, at most, without any bad one.
    private func usualLateness(_ count: Int, takes: Int64) -> Int64 {
        var good = simulation(count, takes: takes) { _, _ in nil }
        good.run(until: 10_000_000)
        return (good.ends.values.max() ?? 0) - takes
    }

    @Test(arguments: [2, 3, 20, 50, 120], [[1], [0, 1], [1, 19, 47, 100]])
    func badIdsDelayOthersByAFloorAtMost(count: Int, bad: [Int]) {
        let bad = Set(bad.filter { $0 < count - 1 })
        var run = simulation(count, takes: 45_000) { numbers, _ in bad.isDisjoint(with: numbers) ? nil : .ids
        }
        run.run(until: 600_000)
        #expect(run.ends.count == count - bad.count)
        let late = (run.ends.values.max() ?? 0) - 45_000
        #expect(late <= usualLateness(count, takes: 45_000) + 3_000, "\(late) ms late")
    }

    /// A list is halved at most six times; each bad id is found once, and asked about at the ceiling from then on.
    @Test(arguments: [1, 3])
    func badIdsCostAFewRequests(bad: Int) {
        let takes: Int64 = 3_600_000
        var good = simulation(50, takes: takes) { _, _ in nil }
        good.run(until: 1_800_000)
        var run = simulation(50, takes: takes) { numbers, _ in numbers.contains { $0 < bad } ? .ids : nil }
        run.run(until: 1_800_000)
        let most = good.requests + bad * (2 * 6 + 1_800_000 / 27_000)
        #expect(run.requests <= most, "\(run.requests) requests instead of \(good.requests); bound \(most)")
        #expect(run.plan.suspects.count == bad)
        #expect(run.plan.size.current == 50)
    }

    /// The service may be down, or fail over one list alone.
    @Test(arguments: [20, 120])
    func whatFailsAgainIsHalvedToo(count: Int) {
        var run = simulation(count, takes: 45_000) { numbers, _ in numbers.contains(7) ? .unclear : nil }
        run.run(until: 300_000)
        #expect(run.ends.count == count - 1)
        let late = (run.ends.values.max() ?? 0) - 45_000
        #expect(late <= usualLateness(count, takes: 45_000) + 60_000, "\(late) ms late")
    }

    @Test func oneFailureThatMayBeAnythingHalvesNothing() {
        var hasFailed = false
        var run = simulation(20, takes: 45_000) { _, _ in
            defer { hasFailed = true }
            return hasFailed ? nil : .unclear
        }
        run.run(until: 300_000)
        #expect(run.ends.count == 20)
        #expect(run.sizes.allSatisfy { $0 == 20 }, "\(run.sizes)")
    }

    /// Whatever a service that answers nothing says, and however many jobs there are.
    @Test(arguments: [Blame.none, .unclear, .ids], [1, 20, 1_000])
    func aServiceThatIsDownIsAskedRarely(blame: Blame, count: Int) {
        let lists = (count + 49) / 50
        var run = simulation(count, takes: 45_000) { _, clock in clock < 1_800_000 ? blame : nil }
        run.run(until: 1_800_000)
        // Every list once or twice, sixteen halves, and then about one in half a ceiling. What is not of the ids needs
        // neither.
        let most = (blame == .none ? 8 : 2 * lists + 16) + 2 * 1_800_000 / 15_000
        #expect(run.requests <= most, "\(run.requests) requests; bound \(most)")
        let failures = run.failures
        run.run(until: 2_400_000)
        #expect(run.ends.count == count)
        #expect(run.failures <= failures + 4)
        let late = (run.ends.values.max() ?? 0) - 1_800_000
        #expect(late <= 33_100 + 3_000 * Int64(1 + lists / 8), "\(late) ms late")
    }

    /// The rate is that of all lists, so all of them wait.
    @Test func aRetryAfterForTheRateHoldsAllBack() throws {
        var plan = PollPlan(interval: .standard, listSize: 2, jitter: Jitter(seed: 3))
        for number in 1...20 {
            plan.add(number, kind: clip, created: .init(milliseconds: 0), now: .init(milliseconds: 0))
        }
        let now = Instant(milliseconds: 100_000)
        let taken = plan.take(now: now)
        _ = plan.failed(try #require(taken), .none, now: now, retryAfter: 90_000)
        #expect(plan.next - now == 90_000)
        let early = plan.take(now: now + 89_999)
        #expect(early == nil)
    }

    /// Among many bad ids the good ones are found, and the service is not flooded.
    @Test(arguments: [Blame.unclear, .ids])
    func aGoodIdAmongManyBadOnesIsFound(blame: Blame) {
        var run = simulation(20, takes: 45_000) { numbers, _ in numbers == [7] ? nil : blame }
        run.run(until: 1_800_000)
        #expect(run.ends[7] != nil)
        #expect(run.requests <= 40 + 1_800_000 / 7_500, "\(run.requests) requests")
    }

    @Test func aBadIdThatEndsLeavesNoTrace() {
        var run = simulation(50, takes: 3_600_000) { numbers, _ in numbers.contains(7) ? .ids : nil }
        run.run(until: 120_000)
        #expect(run.plan.suspects == [7])
        run.plan.remove(7)
        let failures = run.failures
        run.run(until: 600_000)
        #expect(run.failures == failures)
        #expect(run.plan.suspects == [])
        #expect(run.plan.size.current == 50)
    }

    /// It may be taken from the middle of its halves, too.
    @Test(arguments: Array(stride(from: Int64(20), through: 400, by: 20)))
    func jobsMayEndWhileTheirListIsHalved(after span: Int64) {
        var run = simulation(20, takes: 100_000) { numbers, _ in numbers.contains { $0 < 2 } ? .ids : nil }
        while run.failures == 0 { run.run(until: run.clock + 10) }
        run.run(until: run.clock + span)
        for number in [0, 5, 19] { run.plan.remove(number) }
        run.run(until: 400_000)
        #expect(run.plan.suspects == [1])
        #expect(run.plan.count == 1)
        #expect(run.ends.count == 16)
    }

    @Test func anIdThatIsAnsweredAgainJoinsTheOthers() {
        var run = simulation(20, takes: 600_000) { numbers, clock in
            clock < 120_000 && numbers.contains(3) ? .ids : nil
        }
        run.run(until: 120_000)
        #expect(run.plan.suspects == [3])
        run.run(until: 240_000)
        #expect(run.plan.suspects == [])
    }

    /// Now bad, now good: it must not have its list halved at every turn.
    @Test func anIdThatIsBadNowAndThenIsKeptApartLonger() {
        var run = simulation(50, takes: 3_600_000) { numbers, clock in
            numbers.contains(3) && clock / 40_000 % 2 == 0 ? .ids : nil
        }
        run.run(until: 3_600_000)
        var good = simulation(50, takes: 3_600_000) { _, _ in nil }
        good.run(until: 3_600_000)
        let most = good.requests + 8 * 13 + 3_600_000 / 27_000
        #expect(run.requests <= most, "\(run.requests) requests instead of \(good.requests); bound \(most)")
    }

    // MARK: The size of lists

    @Test(arguments: [1, 3, 10, 40], [Blame.ids, .unclear])
    func aServiceThatTakesShorterListsIsAskedInShorterLists(cap: Int, blame: Blame) {
        var run = simulation(100, takes: 3_600_000) { numbers, _ in numbers.count > cap ? blame : nil }
        run.run(until: 1_200_000)
        let (failures, requests) = (run.failures, run.requests)
        run.run(until: 2_400_000)
        #expect(run.plan.size.current <= 2 * cap)
        // Longer ones are tried more and more rarely.
        #expect((run.failures - failures) * 10 <= run.requests - requests)
        #expect(run.plan.size.current >= (cap + 1) / 2)
    }

    @Test func listsGrowAgain() throws {
        let interval = try PollInterval(floor: 3_000, ceiling: 3_000)
        var run = simulation(200, takes: 3_600_000, interval: interval) { numbers, clock in
            clock < 300_000 && numbers.count > 5 ? .ids : nil
        }
        run.run(until: 300_000)
        #expect(run.plan.size.current <= 10)
        run.run(until: 600_000)
        #expect(run.plan.size.current == 50)
    }

    @Test func aRetryAfterHoldsHalvesBack() throws {
        var plan = PollPlan(interval: .standard, listSize: 50, jitter: Jitter(seed: 3))
        let now = Instant(milliseconds: 100_000)
        for number in 1...4 { plan.add(number, kind: clip, created: .init(milliseconds: 0), now: now) }
        var due = now
        for _ in 1...3 {
            due = max(due, plan.next)
            let taken = plan.take(now: due)
            let poll = try #require(taken)
            _ = plan.failed(poll, .unclear, now: due, retryAfter: 90_000)
            #expect(plan.next - due >= 90_000)
        }
    }
}
