import Foundation
import Testing

@testable import Image2Video

/// Prices that the account was charged: which of them count, and where they are found.
@Suite struct PriceTests {
    private static let day: Int64 = 86_400_000

    private let wish = VideoRequest(imageURL: "https://example.com/a.png", prompt: "x")

    private func kind(_ request: VideoRequest? = nil) throws -> PriceKind {
        try #require((request ?? wish).priceKind)
    }

    private func job(_ id: String, _ price: Double?, of request: VideoRequest? = nil) throws -> Job {
        let request = request ?? wish
        var origin = Record.Origin(deadline: 60_000)
        origin.call = try Create.call(for: request, by: request.chooseRoute(), nonce: origin.submission)
        let owner = Job.Owner(
            wait: { _, _ throws(I2VError) in true }, fetch: { _, _, _ throws(I2VError) in },
            cancel: { _ throws(I2VError) in }, reconcile: { _, _ throws(I2VError) in })
        let job = Job(
            number: 1, kind: request.kind, estimate: 100, record: Record(origin), id: id, target: nil,
            handler: nil,
            owner: owner)
        job.record.deduction = price
        job.move(to: .waiting)
        return job
    }

    private func ledger(_ path: String, _ baseURL: String = "b") throws -> Ledger {
        try Ledger.open(path, baseURL: baseURL)
    }

    private func change(_ path: String, _ sql: StaticString) throws {
        try Database.open(path, for: .writing).execute(sql)
    }

    // MARK: The ledger

    @Test func aLedgerTellsThePricesOfAKindNewestFirst() throws {
        let scratch = Scratch()
        let path = scratch.file("ledger")
        let ledger = try ledger(path)
        var long = wish
        long.videoLength = 10
        var loud = wish
        loud.audioType = .generated
        var named = wish
        named.modelName = "m"
        _ = try ledger.write([
            job("a", 20), job("b", 4), job("none", nil), job("long", 40, of: long), job("loud", 21, of: loud),
            job("named", 5, of: named), job("c", 100),
        ])
        let failed = try job("failed", 1)
        failed.move(to: .failed, error: I2VError(.jobFailed, "x"))
        let late = try job("late", 30)
        late.move(to: .failed, error: I2VError(.deadline, "x"))
        _ = try ledger.write([failed, late])
        func found(_ request: VideoRequest, _ ledger: Ledger) throws -> [String] {
            try ledger.prices(of: kind(request), since: 0).map { $0.id }
        }
        #expect(try ledger.prices(of: kind(), since: 0).map { $0.credits } == [30, 100, 4, 20])
        #expect(try found(long, ledger) == ["long"])
        #expect(try found(loud, ledger) == ["loud"])
        #expect(try found(named, ledger) == ["named"])
        #expect(try found(wish, self.ledger(path, "elsewhere")) == [])
        #expect(try ledger.prices(of: kind(), since: .max).isEmpty)
    }

    @Test func whateverIsInALedgerNoPriceComesOfNonsense() throws {
        for nonsense: StaticString in [
            "UPDATE job SET deduction = 1e12", "UPDATE job SET deduction = -5",
            "UPDATE job SET deduction = 0",
            "UPDATE job SET deduction = 9e999", "UPDATE job SET deduction = 'much'",
            "UPDATE job SET deduction = x'00'",
            "UPDATE job SET request = '{'", "UPDATE job SET request = NULL",
            "UPDATE job SET request = x'c328'",
            "UPDATE job SET request = '[1]'", "UPDATE job SET id = NULL", "UPDATE job SET endpoint = 'other'",
            "UPDATE job SET submitted = 0",
            "DELETE FROM job",
        ] {
            let scratch = Scratch()
            let path = scratch.file("ledger")
            let ledger = try ledger(path)
            _ = try ledger.write([job("a", 20)])
            #expect(try ledger.prices(of: kind(), since: 1).count == 1)
            try change(path, nonsense)
            let left = try ledger.prices(of: kind(), since: 1)
            // A body that is an object without any of the fields is that of a silent video.
            #expect(left.isEmpty || nonsense.description.contains("[1]"), "\(nonsense)")
            #expect((PriceHistory(ledger).estimate(try kind()) == nil) == left.isEmpty)
        }
    }

    @Test func theSearchIsBounded() throws {
        let scratch = Scratch()
        let path = scratch.file("ledger")
        let ledger = try ledger(path)
        _ = try ledger.write([job("old", 20)])
        try change(path, "UPDATE job SET number = 1")
        _ = try ledger.write([job("new", 30)])
        try change(path, "UPDATE job SET number = 10000 WHERE id = 'new'")
        #expect(try ledger.prices(of: kind(), since: 0).count == 2)
        try change(path, "UPDATE job SET number = 10001 WHERE id = 'new'")
        #expect(try ledger.prices(of: kind(), since: 0).map { $0.id } == ["new"])
    }

    // MARK: What is heard, and both together

    @Test func theRangeIsThatOfTheLastFifty() throws {
        let history = PriceHistory(nil)
        #expect(history.estimate(try kind()) == nil)
        for number in 1...60 { history.note(Double(number), id: "v\(number)", of: try kind()) }
        #expect(history.estimate(try kind()) == Estimate(11, 60, .observed))
        // The last word on a video counts, and the word that it failed takes its price away.
        history.note(7, id: "v60", of: try kind())
        #expect(history.estimate(try kind()) == Estimate(7, 59, .observed))
        history.note(nil, id: "v60", of: try kind())
        #expect(history.estimate(try kind()) == Estimate(11, 59, .observed))
        history.note(0, id: "v61", of: try kind())
        #expect(history.estimate(try kind()) == Estimate(11, 59, .observed))
    }

    @Test func whatIsHeardComesOnTopOfTheLedger() throws {
        let scratch = Scratch()
        let path = scratch.file("ledger")
        let ledger = try ledger(path)
        _ = try ledger.write([job("a", 20), job("b", 4)])
        let history = PriceHistory(ledger)
        // Of a job that was resumed, before anybody asked for the kind.
        history.note(50, id: "b", of: try kind())
        #expect(history.estimate(try kind()) == Estimate(20, 50, .observed))
        history.note(8, id: "c", of: try kind())
        #expect(history.estimate(try kind()) == Estimate(8, 50, .observed))
        // A ledger is read once for a kind.
        _ = try ledger.write([job("d", 900)])
        #expect(history.estimate(try kind()) == Estimate(8, 50, .observed))
        #expect(PriceHistory(ledger).estimate(try kind()) == Estimate(4, 900, .observed))
    }

    @Test func aMonthOldPriceIsNone() throws {
        let scratch = Scratch()
        let path = scratch.file("ledger")
        let ledger = try ledger(path)
        _ = try ledger.write([job("old", 90), job("young", 20)])
        try change(
            path, "UPDATE job SET submitted = (strftime('%s', 'now') - 31 * 86400) * 1000 WHERE id = 'old'")
        #expect(PriceHistory(ledger).estimate(try kind()) == Estimate(20, 20, .observed))
        try change(
            path, "UPDATE job SET submitted = (strftime('%s', 'now') - 29 * 86400) * 1000 WHERE id = 'old'")
        #expect(PriceHistory(ledger).estimate(try kind()) == Estimate(20, 90, .observed))
    }

    @Test func aLedgerThatCannotBeReadIsAskedAgain() throws {
        let scratch = Scratch()
        let path = scratch.file("ledger")
        let ledger = try ledger(path)
        _ = try ledger.write([job("a", 20)])
        let history = PriceHistory(ledger)
        try change(path, "ALTER TABLE job RENAME TO away")
        #expect(history.estimate(try kind()) == nil)
        try change(path, "ALTER TABLE away RENAME TO job")
        #expect(history.estimate(try kind()) == Estimate(20, 20, .observed))
    }

    @Test func memoryHasAnEndHoweverManyKindsThereAre() throws {
        let history = PriceHistory(nil)
        var request = wish
        for number in 0..<1_000 {
            request.modelName = "m\(number)"
            history.note(1, id: "v", of: try kind(request))
        }
        #expect(history.estimate(try kind(request)) == Estimate(1, 1, .observed))
        #expect(history.kindCount <= 256)
    }

    // MARK: Clients

    @Test func aClientsEstimateIsForAllVideosOfARequest() throws {
        let server = LoopbackServer { _, _ in
            .json(#"{"code":1000,"data":{"successList":[{"_id":"v","status":1,"deduction_credit":8}]}}"#)
        }
        defer { server.stop() }
        var configuration = Configuration()
        configuration.apiKey = "key"
        configuration.baseURL = server.url
        let client = try Client.start(configuration)
        var two = wish
        two.count = 2
        #expect(try client.estimate(wish) == Estimate(4, 100, .page))
        #expect(try client.estimate(two) == Estimate(8, 200, .page))
        var one = wish
        one.count = 1
        let job = try client.submit(one)
        for _ in 0..<1_000 where job.id == nil { Thread.sleep(forTimeInterval: 0.005) }
        #expect(try client.estimate(two) == Estimate(16, 16, .observed))
        #expect(try client.estimate(wish) == Estimate(4, 100, .page))
        #expect(try client.estimate(VideoRequest()) == Estimate(4, 100, .page))
        try client.close()
    }
}
