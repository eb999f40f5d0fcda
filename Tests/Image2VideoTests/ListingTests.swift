import Foundation
import Testing

@testable import Image2Video

/// The account's list, where pages cannot be had: one odd row of another video costs that row.
@Suite(.serialized) struct ListingTests {
    /// Goes through a list as a search does. Gives the rows that were read and the requests that it took.
    private func read(_ count: Int, bad: Set<Int>) -> (rows: [Int], requests: Int) {
        var place = ListPlace()
        var rows: [Int] = []
        var requests = 0
        while place.offset < count {
            requests += 1
            #expect((place.page - 1) * place.size == place.offset)
            let page = place.offset..<min(count, place.offset + place.size)
            if bad.isDisjoint(with: page) {
                rows += page
                place.advance()
            } else if !place.narrow() {
                place.advance()
            }
        }
        return (rows, requests)
    }

    @Test(arguments: [[], [0], [49], [50], [7, 8], [0, 24, 25, 60, 119], Array(20..<45)])
    func everyOtherRowIsReadOnce(bad: [Int]) {
        let (rows, requests) = read(120, bad: Set(bad))
        #expect(rows == (0..<120).filter { !bad.contains($0) })
        // Two pages of 25, five of 5, and five rows for each.
        #expect(requests <= 3 + 12 * bad.count)
    }

    @Test func aWholePageIsAskedForAgain() {
        var place = ListPlace()
        place.advance()
        for _ in 1...3 { _ = place.narrow() }
        place.advance()
        place.rewind()
        #expect((place.offset, place.size, place.page) == (50, 50, 2))
    }

    /// The account's videos, the newest first; the `bad` ones cannot be had.
    private final class Account: @unchecked Sendable {
        var rows: [String] = []
        var bad: Set<Int> = []
        var reply = LoopbackServer.Reply.json("{")
        var requests = 0

        func page(_ path: String) -> LoopbackServer.Reply {
            let query = URLComponents(string: path)?.queryItems ?? []
            let numbers = query.compactMap { $0.value.flatMap { Int($0) } }
            guard numbers.count == 2 else { return .json("?", 400) }
            requests += 1
            let first = (numbers[0] - 1) * numbers[1]
            let page = min(first, rows.count)..<min(first + numbers[1], rows.count)
            guard bad.isDisjoint(with: page) else { return reply }
            return .json(#"{"code":1000,"data":{"result":[\#(rows[page].joined(separator: ","))]}}"#)
        }
    }

    /// Loses a create, and looks for its video in a list of 120.
    private func find(at place: Int, bad: [Int], _ reply: LoopbackServer.Reply) throws -> (String?, Account) {
        let account = Account()
        account.bad = Set(bad)
        account.reply = reply
        let server = LoopbackServer { request, _ in
            if request.path.contains("/video/list") { return account.page(request.path) }
            if request.path.hasSuffix("resultsByIds") {
                return .json(
                    #"{"code":1000,"data":{"result":[{"_id":"lost","status":3,"video_url":"http://a/v"}]}}"#)
            }
            return .close
        }
        defer { server.stop() }
        var configuration = Configuration()
        configuration.apiKey = "key"
        configuration.baseURL = server.url
        configuration.pollInterval = try PollInterval(floor: 10, ceiling: 40)
        let client = try Client.start(configuration)
        let job = try client.submit(VideoRequest(imageURL: "https://e.com/a.png", prompt: "lost"))
        #expect(failure { () throws(I2VError) in try job.wait(timeout: 20_000) }.status == .outcomeUnknown)
        account.rows = (0..<120).map {
            let (id, prompt) = $0 == place ? ("lost", "lost") : ("id\($0)", "x")
            return #"{"_id":"\#(id)","prompt":"\#(prompt)","image_url":"https://e.com/a.png","#
                + #""create_time":\#(WallClock.now - Int64($0))}"#
        }
        try job.reconcile()
        _ = try? job.wait(timeout: 60_000)
        try client.close()
        return (job.id, account)
    }

    /// Whatever the odd rows make of the pages that they are in.
    @Test(arguments: [
        LoopbackServer.Reply.json("{"), .json("<html>", 200), .json(#"{"code":1000,"data":{}}"#),
        .json(#"{"code":1000,"data":{"result":7}}"#),
    ])
    func anOddRowHidesNoOther(reply: LoopbackServer.Reply) throws {
        for (place, bad) in [
            (3, [0]), (3, [2, 4]), (70, [0, 49, 69, 71]), (40, Array(0..<30)), (119, [118]),
        ] {
            let (id, account) = try find(at: place, bad: bad, reply)
            #expect(id == "lost", "at \(place), bad \(bad)")
            #expect(account.requests <= 3 + 12 * bad.count)
        }
    }

    @Test(arguments: [LoopbackServer.Reply.json(#"{"code":1015,"msg":"failed"}"#), .json("", 502)])
    func aRowThatMakesTheServiceFailHidesNoOther(reply: LoopbackServer.Reply) throws {
        let (id, _) = try find(at: 3, bad: [1], reply)
        #expect(id == "lost")
    }

    @Test func aListThatCannotBeReadAtAllIsGivenUp() throws {
        for reply in [LoopbackServer.Reply.json("{"), .json(#"{"code":1003}"#), .json("", 404)] {
            let (id, account) = try find(at: 3, bad: Array(0..<120), reply)
            #expect(id == nil)
            #expect(account.requests <= 70, "\(account.requests) requests")
        }
    }
}
