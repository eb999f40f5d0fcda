import Testing

@testable import Image2Video

@Suite struct TimersTests {
    @Test func actionsRunInOrderOfTimeThenOfScheduling() {
        let timers = Timers()
        var order: [Int] = []
        for (index, time) in [30, 10, 20, 10, 40].enumerated() {
            _ = timers.schedule(at: Instant(milliseconds: Int64(time))) { order.append(index) }
        }
        timers.fire(now: Instant(milliseconds: 30))
        #expect(order == [1, 3, 2, 0])
        #expect(timers.next == Instant(milliseconds: 40))
        timers.fire(now: Instant(milliseconds: 40))
        #expect(timers.next == .never)
    }

    @Test func aCancelledActionNeverRuns() {
        let timers = Timers()
        var ran = false
        let id = timers.schedule(at: Instant(milliseconds: 1)) { ran = true }
        timers.cancel(id)
        timers.cancel(nil)
        #expect(timers.next == .never)
        timers.fire(now: Instant(milliseconds: 5))
        #expect(!ran)
    }

    @Test func anActionMayCancelAndScheduleOthers() {
        let timers = Timers()
        var order: [String] = []
        var second: Timers.ID?
        _ = timers.schedule(at: Instant(milliseconds: 1)) {
            order.append("first")
            timers.cancel(second)
            _ = timers.schedule(at: Instant(milliseconds: 1)) { order.append("late") }
        }
        second = timers.schedule(at: Instant(milliseconds: 1)) { order.append("second") }
        timers.fire(now: Instant(milliseconds: 1))
        #expect(order == ["first"])
        timers.fire(now: Instant(milliseconds: 1))
        #expect(order == ["first", "late"])
    }

    @Test func cancelledTimersBehindALiveOneDoNotPileUp() {
        let timers = Timers()
        var fired: [Int64] = []
        for time in [1, 5_001, 20_000] as [Int64] {
            _ = timers.schedule(at: Instant(milliseconds: time)) { fired.append(time) }
        }
        for time in 2...10_000 {
            timers.cancel(timers.schedule(at: Instant(milliseconds: Int64(time))) { fired.append(0) })
        }
        #expect(timers.count < 100)
        timers.fire(now: Instant(milliseconds: 30_000))
        #expect(fired == [1, 5_001, 20_000])
    }

    @Test func manyTimersFireInOrder() {
        let timers = Timers()
        var jitter = Jitter(seed: 11)
        var fired: [Int64] = []
        var expected: [Int64] = []
        for index in 0..<2000 {
            let time = Int64(jitter.unit() * 10_000)
            let id = timers.schedule(at: Instant(milliseconds: time)) { fired.append(time) }
            if index % 3 == 0 { timers.cancel(id) } else { expected.append(time) }
        }
        timers.fire(now: Instant(milliseconds: 10_000))
        #expect(fired == expected.sorted())
    }

    @Test func backoffGrowsToItsBoundAndHonoursTheServer() {
        var backoff = Backoff(first: 100, most: 1_000)
        var jitter = Jitter(seed: 5)
        let spans = (0..<50).map { _ in backoff.next(retryAfter: 0, &jitter) }
        #expect(spans.allSatisfy { $0 >= 0 && $0 <= 1_000 })
        #expect(spans[0] <= 100)
        #expect(spans.suffix(40).max() ?? 0 > 800)
        #expect(Set(spans).count > 20)
        #expect(backoff.next(retryAfter: 7_000, &jitter) == 7_000)
    }

    @Test func spansWithoutEndDoNotOverflow() {
        #expect(Instant.now + .forever == .never)
        #expect(Instant.never - Instant(milliseconds: -5) == .max)
    }
}
