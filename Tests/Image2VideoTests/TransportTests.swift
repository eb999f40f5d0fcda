import Foundation
import Testing

@testable import Image2Video

/// Whose turn it is, and what becomes of those who wait. The transport runs on the test's own thread.
@Suite struct TransportTests {
    /// A transport and what its exchanges came to.
    private final class Run {
        let transport: Transport
        var answers: [(name: String, answer: Answer)] = []

        init(maxRequests: Int64 = 8, maxDownloads: Int64 = 4, maxRate: Double = 10_000) throws {
            transport = try .forTests(
                maxRequests: maxRequests, maxDownloads: maxDownloads, maxRate: maxRate)
        }

        var names: [String] { answers.map(\.name) }

        func start(
            _ lane: Exchange.Lane, _ server: LoopbackServer, _ name: String, isUrgent: Bool = false,
            isPaid: Bool = false, onAdmitted: (() -> Void)? = nil
        ) -> Exchange {
            var request = Exchange.Request(lane: lane, method: .get, url: "\(server.url)/\(name)")
            request.isUrgent = isUrgent
            request.isPaid = isPaid
            let exchange = Exchange(request) { [unowned self] in answers.append((name, $0)) }
            exchange.onAdmitted = onAdmitted
            transport.start(exchange)
            return exchange
        }

        /// Goes on until something holds; false when that takes too long.
        func goOn(until holds: () -> Bool, for span: Int64 = Bound.hang) -> Bool {
            let end = Instant.now + span
            while !holds() {
                guard .now < end else { return false }
                transport.admit()
                transport.advance()
                transport.wait(until: min(transport.next, .now + 5, end))
            }
            return true
        }
    }

    private static func answering() -> LoopbackServer {
        LoopbackServer { request, _ in
            request.path.contains("hang") ? .hang : .answer(request.path.contains("bad") ? 503 : 200, [:], [])
        }
    }

    private func paths(_ server: LoopbackServer) -> [String] { server.requests.map(\.path) }

    @Test func aTrialThatIsCancelledLetsTheOtherLaneGoOn() throws {
        let server = Self.answering()
        defer { server.stop() }
        let run = try Run()
        for number in 0..<5 { _ = run.start(.api, server, "bad\(number)") }
        #expect(run.goOn { run.answers.count == 5 })
        // The host is left alone; the first to go is the trial, and the other lane waits for what comes of it.
        let trial = run.start(.api, server, "hang")
        let other = run.start(.download, server, "video")
        #expect(run.goOn { trial.state == .active })
        #expect(other.state == .waiting)
        run.transport.cancel(trial)
        #expect(run.goOn { run.names.contains("video") })
        #expect(run.answers.last?.answer.httpStatus == 200)
        run.transport.close()
    }

    // MARK: What costs money

    /// Without a permit, which only the ledger's writer makes, nothing lets a paid exchange leave: not its turn, a
    /// place that is freed, the end of a trial, or time.
    @Test func aPaidExchangeWaitsForItsPermitWithItsPlace() throws {
        let server = Self.answering()
        defer { server.stop() }
        let run = try Run(maxRequests: 2)
        var admitted: [String] = []
        let paid = (0..<4).map { number in
            run.start(.api, server, "paid\(number)", isPaid: true) { admitted.append("paid\(number)") }
        }
        let free = run.start(.api, server, "free")
        #expect(admitted == ["paid0", "paid1"])
        #expect(paid.map(\.state) == [.admitted, .admitted, .waiting, .waiting])
        run.transport.cancel(paid[0])
        #expect(admitted == ["paid0", "paid1", "paid2"])
        #expect(!run.goOn(until: { !run.answers.isEmpty }, for: 300))
        run.transport.cancel(paid[1])
        run.transport.cancel(paid[2])
        run.transport.cancel(paid[3])
        #expect(run.goOn { run.names == ["free"] })
        #expect(free.state == .finished)
        #expect(paths(server) == ["/free"])
        run.transport.close()
    }

    @Test func aPaidTrialThatIsWithdrawnLetsTheNextOneGo() throws {
        let server = Self.answering()
        defer { server.stop() }
        let run = try Run()
        for number in 0..<5 { _ = run.start(.api, server, "bad\(number)") }
        #expect(run.goOn { run.answers.count == 5 })
        var isAdmitted = false
        let trial = run.start(.api, server, "paid", isPaid: true) { isAdmitted = true }
        #expect(run.goOn { isAdmitted })
        let next = run.start(.api, server, "next")
        #expect(!run.goOn(until: { next.state != .waiting }, for: 200))
        run.transport.cancel(trial)
        #expect(run.goOn { run.names.contains("next") })
        #expect(!paths(server).contains("/paid"))
        run.transport.close()
    }

    @Test func anOldRequestDoesNotLetASecondTrialOut() throws {
        let server = Self.answering()
        defer { server.stop() }
        let run = try Run()
        let old = run.start(.api, server, "hang-old")
        #expect(run.goOn { old.state == .active })
        for number in 0..<5 { _ = run.start(.api, server, "bad\(number)") }
        #expect(run.goOn { run.answers.count == 5 })
        let trial = run.start(.api, server, "hang-trial")
        let next = run.start(.api, server, "next")
        #expect(run.goOn { trial.state == .active })
        run.transport.cancel(old)
        #expect(!run.goOn(until: { next.state != .waiting }, for: 300))
        run.transport.cancel(trial)
        #expect(run.goOn { run.names.contains("next") })
        run.transport.close()
    }

    @Test func whatIsUrgentGoesFirst() throws {
        let server = Self.answering()
        defer { server.stop() }
        let run = try Run(maxRequests: 1)
        let first = run.start(.api, server, "hang")
        let waiting = run.start(.api, server, "waits")
        _ = run.start(.api, server, "urgent", isUrgent: true)
        #expect(run.goOn { run.names == ["urgent"] })
        #expect(first.state == .active && waiting.state == .waiting)
        run.transport.cancel(first)
        #expect(run.goOn { run.names == ["urgent", "waits"] })
        run.transport.close()
    }

    @Test func oneHostLeavesTheLastPlaceToOthers() throws {
        let (slow, other) = (Self.answering(), Self.answering())
        defer {
            slow.stop()
            other.stop()
        }
        let run = try Run(maxDownloads: 2)
        let first = run.start(.download, slow, "hang1")
        // Nobody else waits.
        let second = run.start(.download, slow, "hang2")
        #expect(run.goOn { second.state == .active })
        let third = run.start(.download, slow, "hang3")
        _ = run.start(.download, other, "a")
        _ = run.start(.download, other, "b")
        run.transport.cancel(first)
        #expect(run.goOn { run.names == ["a", "b"] })
        // Now it is the only one again.
        #expect(run.goOn { third.state == .active })
        run.transport.close()
    }

    @Test func hostsTakeTurns() throws {
        let (one, other) = (Self.answering(), Self.answering())
        defer {
            one.stop()
            other.stop()
        }
        let run = try Run(maxDownloads: 1)
        let first = run.start(.download, one, "hang")
        for name in ["a1", "a2", "a3"] { _ = run.start(.download, one, name) }
        for name in ["b1", "b2"] { _ = run.start(.download, other, name) }
        run.transport.cancel(first)
        #expect(run.goOn { run.names == ["a1", "b1", "a2", "b2", "a3"] })
        run.transport.close()
    }

    @Test func exchangesWithoutAPlaceAreAsManyAsPlaces() throws {
        let server = Self.answering()
        defer { server.stop() }
        let run = try Run(maxRequests: 2)
        let exchanges = (0..<6).map { run.start(.api, server, "hang\($0)") }
        for _ in 0..<3 {
            for exchange in exchanges where exchange.state == .active { run.transport.uncount(exchange) }
        }
        #expect(exchanges.filter { $0.state == .active }.count == 4)
        // A place that comes free is taken, with or without.
        run.transport.cancel(exchanges[0])
        for exchange in exchanges where exchange.state == .active { run.transport.uncount(exchange) }
        #expect(exchanges.filter { $0.state == .active }.count == 4)
        run.transport.close()
    }

    @Test func thousandsThatWaitCostNextToNothing() throws {
        let server = Self.answering()
        defer { server.stop() }
        let run = try Run(maxRate: 10)
        let began = Instant.now
        let exchanges = (0..<20_000).map { run.start(.api, server, "x\($0)") }
        #expect(run.goOn { run.answers.count >= 20 })
        for exchange in exchanges.reversed() { run.transport.cancel(exchange) }
        // Looking at each for each would take minutes.
        #expect(Instant.now - began < Bound.hang)
        let count = run.answers.count
        #expect(!run.goOn(until: { run.answers.count > count }, for: 300))
        _ = run.start(.api, server, "last")
        #expect(run.goOn { run.names.last == "last" })
        run.transport.close()
    }

    @Test func aLineKeepsItsOrderAroundThoseWhoLeft() {
        var line = WaitingLine()
        let exchanges = (0..<100).map { number in
            Exchange(.init(lane: .api, method: .get, url: "http://h/\(number)")) { _ in }
        }
        for exchange in exchanges {
            exchange.state = .waiting
            line.append(exchange)
        }
        for number in stride(from: 0, to: 100, by: 2) {
            exchanges[number].close()
            line.cancelOne()
        }
        var left: [Exchange] = []
        while let exchange = line.takeFirst() { left.append(exchange) }
        #expect(left.map(\.request.url) == stride(from: 1, to: 100, by: 2).map { "http://h/\($0)" })
    }
}
