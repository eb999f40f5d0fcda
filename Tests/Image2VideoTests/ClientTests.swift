import Foundation
import Testing

@testable import Image2Video

/// Whole jobs through the real transport, against a server on loopback that plays the service.
@Suite(.serialized) struct ClientTests {
    private static let video = [UInt8]((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })

    private func configuration(_ server: LoopbackServer) throws -> Configuration {
        var configuration = Configuration()
        configuration.apiKey = "key-1234-5678-90ab"
        configuration.baseURL = server.url + "/gateway/"
        configuration.pollInterval = try PollInterval(floor: 10, ceiling: 40)
        configuration.jobDeadline = Bound.hang
        return configuration
    }

    private var request: VideoRequest { VideoRequest(imageURL: "https://example.com/a.png", prompt: "turn") }

    /// A service that finishes every video at the `looks`th look.
    private func service(
        looks: Int = 3, row: String = "",
        video: @escaping @Sendable () -> LoopbackServer.Reply = {
            .answer(200, ["Content-Type": "video/mp4"], ClientTests.video)
        }
    ) -> LoopbackServer {
        let counter = Counter()
        return LoopbackServer { request, _ in
            if request.path.hasSuffix("/createBySourcePrompt") {
                return .json(
                    #"{"code":1000,"data":{"_id":"id\#(counter.next())","status":1,"prompt":"turn"}}"#)
            }
            if request.path.hasSuffix("/batch") {
                let rows = (0..<3).map { _ in #"{"_id":"id\#(counter.next())","status":1}"# }
                return .json(
                    #"{"code":1000,"data":{"successList":[\#(rows.joined(separator: ","))],"errorList":[]}}"#)
            }
            if request.path.hasSuffix("/resultsByIds") {
                let body = (try? JSONSerialization.jsonObject(with: Data(request.body))) as? [String: String]
                let ids = (body?["_ids"] ?? "").components(separatedBy: ",")
                let host = request.headers["host"] ?? ""
                let rows = ids.reversed().map { id -> String in
                    let look = counter.look(id)
                    let status = look >= looks ? 3 : look == 1 ? 1 : 2
                    let url = status == 3 ? #","video_url":"http://\#(host)/v/\#(id).mp4""# : ""
                    return #"{"_id":"\#(id)","status":\#(status)\#(url)\#(row)}"#
                }
                return .json(#"{"code":1000,"data":{"result":[\#(rows.joined(separator: ","))]}}"#)
            }
            return video()
        }
    }

    @Test func aPictureBecomesAFile() throws {
        let server = service()
        defer { server.stop() }
        let scratch = Scratch()
        let client = try Client.start(configuration(server))
        let events = Events()
        var wish = request
        wish.target = scratch.file("v.mp4")
        let job = try client.submit(wish) { events.add($0, $1) }
        try job.wait(timeout: Bound.hang)
        #expect(job.state == .saved)
        #expect(job.id == "id1")
        #expect(job.receipt?.text("prompt") == "turn")
        #expect(job.video?.status == 3)
        #expect(job.progress == (200_000, 200_000))
        #expect(events.kinds.first == .created)
        #expect(events.kinds.last == .done)
        #expect(events.kinds.filter { $0 == .done }.count == 1)
        #expect(events.kinds.contains(.status))
        #expect(scratch.names == ["v.mp4"])
        #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: wish.target ?? ""))) == Self.video)
        for request in server.requests {
            let isAPI = request.path.hasPrefix("/gateway/api/open/v4/")
            #expect(request.headers["x-api-key"] == (isAPI ? "key-1234-5678-90ab" : nil), "\(request.path)")
        }
        try client.close()
        try client.close()
        #expect(failure { () throws(I2VError) in try client.submit(wish) }.status == .fileExists)
        wish.replaceTarget = true
        #expect(failure { () throws(I2VError) in try client.submit(wish) }.status == .closed)
    }

    @Test func aBatchIsOneCreateAndOneListOfLooks() throws {
        let server = service()
        defer { server.stop() }
        let scratch = Scratch()
        let client = try Client.start(configuration(server))
        var wish = request
        wish.count = 3
        wish.target = scratch.file("v.mp4")
        #expect(failure { () throws(I2VError) in try client.submit(wish) }.field == "count")
        let jobs = try client.submitBatch(wish)
        for job in jobs { try job.wait(timeout: Bound.hang) }
        #expect(scratch.names == ["v-1.mp4", "v-2.mp4", "v-3.mp4"])
        #expect(server.requests.filter { $0.path.hasSuffix("/batch") }.count == 1)
        #expect(server.requests.filter { $0.path.hasSuffix("/resultsByIds") }.count <= 6)
        try client.close()
    }

    @Test func aJobMayBeFetchedLaterAndAgain() throws {
        let server = service()
        defer { server.stop() }
        let scratch = Scratch()
        let client = try Client.start(configuration(server))
        let job = try client.submit(request)
        let early = Target(path: scratch.file("early.mp4"), replace: false)
        #expect(failure { () throws(I2VError) in try job.fetch(to: early) }.status == .invalidState)
        try job.wait()
        #expect(job.state == .completed)
        #expect(job.path == nil)
        for name in ["a.mp4", "b.mp4"] {
            try job.fetch(to: Target(path: scratch.file(name), replace: false))
            try job.wait()
            #expect(job.state == .saved)
        }
        let again = Target(path: scratch.file("b.mp4"), replace: false)
        #expect(failure { () throws(I2VError) in try job.fetch(to: again) }.status == .fileExists)
        #expect(scratch.names == ["a.mp4", "b.mp4"])
        try client.close()
    }

    @Test func aFailedVideoTellsWhy() throws {
        let server = LoopbackServer { request, _ in
            request.path.hasSuffix("resultsByIds")
                ? .json(
                    #"{"code":1000,"data":{"result":[{"_id":"x","status":4,"error_reason":"too dark"}]}}"#)
                : .json(#"{"code":1000,"data":{"_id":"x","status":1}}"#)
        }
        defer { server.stop() }
        let client = try Client.start(configuration(server))
        let job = try client.submit(request)
        let error = failure { () throws(I2VError) in try job.wait() }
        #expect(error.status == .jobFailed)
        #expect(error.serviceMessage == "too dark")
        #expect(job.state == .failed)
        try client.close()
    }

    @Test func anUnknownStatusAndAMissingIdWaitForTheDeadline() throws {
        for (row, status) in [
            (#"{"_id":"x","status":7}"#, Status.deadline), (#"{"_id":"y","status":3}"#, .idUnknown),
        ] {
            let server = LoopbackServer { request, _ in
                request.path.hasSuffix("resultsByIds")
                    ? .json(#"{"code":1000,"data":{"result":[\#(row)]}}"#)
                    : .json(#"{"code":1000,"data":{"_id":"x","status":1}}"#)
            }
            defer { server.stop() }
            let client = try Client.start(configuration(server))
            var wish = request
            wish.deadline = 2_000
            let job = try client.submit(wish)
            let begin = Instant.now
            let error = failure { () throws(I2VError) in try job.wait() }
            #expect(error.status == status)
            #expect(error.charge == .certain)
            #expect(Instant.now - begin < 2_000 + Bound.busy)
            #expect(job.id == "x")
            try client.close()
        }
    }

    @Test func aCompletedVideoWithoutAnAddressIsNoSuccess() throws {
        let server = LoopbackServer { request, _ in
            request.path.hasSuffix("resultsByIds")
                ? .json(
                    #"{"code":1000,"data":{"result":[{"_id":"x","status":3,"image_url":"http://e/i.png"}]}}"#)
                : .json(#"{"code":1000,"data":{"_id":"x","status":1}}"#)
        }
        defer { server.stop() }
        let client = try Client.start(configuration(server))
        let job = try client.submit(request)
        #expect(failure { () throws(I2VError) in try job.wait() }.status == .noVideo)
        #expect(server.requests.count >= 5)
        try client.close()
    }

    @Test(arguments: [
        LoopbackServer.Reply.close, .json("<html>", 502), .json("oops"), .brokenOff([1, 2], announced: 9),
    ])
    func aCreateWhoseAnswerIsLostIsNotRepeated(reply: LoopbackServer.Reply) throws {
        let server = LoopbackServer { _, _ in reply }
        defer { server.stop() }
        let client = try Client.start(configuration(server))
        let job = try client.submit(request)
        let error = failure { () throws(I2VError) in try job.wait() }
        #expect(error.status == .outcomeUnknown)
        #expect(error.charge == .possible)
        #expect(server.requests.count == 1)
        try client.close()
    }

    @Test func aKeptConnectionThatDiesDoesNotRepeatTheCreate() throws {
        // libcurl repeats a request by itself when a kept connection gives no answer at all; a create must
        // not be.
        let server = LoopbackServer { _, number in
            number == 0 ? .json(#"{"code":1006,"msg":"poor"}"#) : .close
        }
        defer { server.stop() }
        let client = try Client.start(configuration(server))
        #expect(failure { () throws(I2VError) in try client.submit(request).wait() }.status == .quota)
        #expect(
            failure { () throws(I2VError) in try client.submit(request).wait() }.status == .outcomeUnknown)
        Thread.sleep(forTimeInterval: 0.2)
        #expect(server.requests.count == 2)
        try client.close()
    }

    @Test func nobodyListening() throws {
        let server = LoopbackServer(isSilent: true) { _, _ in .close }
        defer { server.stop() }
        let client = try Client.start(configuration(server))
        let error = failure { () throws(I2VError) in try client.submit(request).wait() }
        #expect(error.status == .connect)
        #expect(error.charge == .none)
        #expect(error.isRetryable)
        try client.close()
    }

    @Test func failedLooksDelayJobsAndNeverFailThem() throws {
        let looks = Counter()
        let server = LoopbackServer { request, _ in
            guard request.path.hasSuffix("resultsByIds") else {
                return .json(#"{"code":1000,"data":{"_id":"x","status":1}}"#)
            }
            switch looks.next() {
            case 1: return .close
            case 2: return .json("<html>", 500)
            case 3: return .json(#"{"code":1005}"#)
            case 4: return .json(#"{"code":1109}"#)
            default:
                return .json(
                    #"{"code":1000,"data":{"result":[{"_id":"x","status":3,"video_url":"http://127.0.0.1:1/v"}]}}"#
                )
            }
        }
        defer { server.stop() }
        let client = try Client.start(configuration(server))
        let job = try client.submit(request)
        try job.wait()
        #expect(job.state == .completed)
        try client.close()
    }

    @Test func aBrokenDownloadIsTriedAgainAndGivenUpWithoutATrace() throws {
        for (failures, status) in [(2, Status.ok), (99, .network)] {
            let tries = Counter()
            let server = service {
                tries.next() <= failures
                    ? .brokenOff(Array(Self.video[..<1000]), announced: Self.video.count)
                    : .answer(200, ["Content-Type": "video/mp4"], Self.video)
            }
            defer { server.stop() }
            let scratch = Scratch()
            let client = try Client.start(configuration(server))
            var wish = request
            wish.target = scratch.file("v.mp4")
            let job = try client.submit(wish)
            if status == .ok {
                try job.wait()
                #expect(scratch.names == ["v.mp4"])
            } else {
                #expect(failure { () throws(I2VError) in try job.wait() }.status == status)
                #expect(scratch.names.isEmpty)
                #expect(tries.value == RetryPolicy.download.attempts)
            }
            try client.close()
        }
    }

    @Test(arguments: [
        (LoopbackServer.Reply.json("gone", 404), Status.videoGone), (.json("gone", 410), .videoGone),
        (.json("{}", 200), .protocol), (.answer(200, ["Content-Type": "text/html"], [60, 62]), .protocol),
        (.json("no", 400), .http),
    ])
    func whatIsNoVideoIsNotSaved(reply: LoopbackServer.Reply, status: Status) throws {
        let server = service(looks: 1) { reply }
        defer { server.stop() }
        let scratch = Scratch()
        let client = try Client.start(configuration(server))
        var wish = request
        wish.target = scratch.file("v.mp4")
        let error = failure { () throws(I2VError) in try client.animate(wish) }
        #expect(error.status == status)
        #expect(scratch.names.isEmpty)
        try client.close()
    }

    @Test func aServerThatNeverAnswersHoldsNobodyUp() throws {
        let server = LoopbackServer { _, _ in .hang }
        defer { server.stop() }
        let client = try Client.start(configuration(server))
        let events = Events()
        let job = try client.submit(request) { events.add($0, $1) }
        var begin = Instant.now
        #expect(failure { () throws(I2VError) in try job.wait(timeout: 300) }.status == .timeout)
        #expect(Instant.now - begin < Bound.busy)
        begin = .now
        try client.close()
        // Two seconds for the create, whose answer would have had an id.
        #expect(Instant.now - begin < 2_000 + Bound.busy)
        #expect(job.state == .failed)
        #expect(job.error?.status == .outcomeUnknown)
        #expect(events.kinds == [.done])
    }

    @Test func cancellingEndsAJobInEveryState() throws {
        let server = service(looks: 1_000_000)
        defer { server.stop() }
        let client = try Client.start(configuration(server))
        let job = try client.submit(request)
        while job.state == .submitting { _ = try client.dispatch(timeout: 5) }
        try job.cancel()
        let error = failure { () throws(I2VError) in try job.wait() }
        #expect(error.status == .cancelled)
        #expect(error.charge == .certain)
        try job.cancel()
        #expect(client.jobCount == 0)
        try client.close()
    }

    @Test func closingEndsEveryJobExactlyOnce() throws {
        let server = service(looks: 1_000_000)
        defer { server.stop() }
        for pause in [0, 1, 5, 20, 60] {
            let client = try Client.start(configuration(server))
            let events = Events()
            let jobs = try (0..<20).map { _ in try client.submit(request) { events.add($0, $1) } }
            Thread.sleep(forTimeInterval: Double(pause) / 1000)
            try client.close()
            #expect(events.kinds.filter { $0 == .done }.count == 20)
            for job in jobs { #expect([.cancelled, .outcomeUnknown].contains(job.error?.status)) }
            #expect(failure { () throws(I2VError) in try client.dispatch() }.status == .closed)
        }
    }

    @Test func manyThreadsMayUseOneClient() throws {
        let server = service()
        defer { server.stop() }
        let client = try Client.start(configuration(server))
        let events = Events()
        let group = DispatchGroup()
        for _ in 0..<6 {
            group.enter()
            Thread.detachNewThread {
                for _ in 0..<5 {
                    let job = try? client.submit(
                        VideoRequest(imageURL: "https://e.com/a.png", prompt: "turn")
                    ) {
                        events.add($0, $1)
                    }
                    try? job?.wait()
                    #expect(job?.state == .completed)
                }
                group.leave()
            }
        }
        #expect(group.wait(timeout: .now() + .milliseconds(Int(Bound.hang))) == .success)
        #expect(events.kinds.filter { $0 == .done }.count == 30)
        #expect(!events.overlapped)
        try client.close()
    }

    @Test func deliveryOnTheClientsThread() throws {
        let server = service()
        defer { server.stop() }
        var configuration = try configuration(server)
        configuration.delivery = .thread
        let client = try Client.start(configuration)
        let events = Events()
        let errors = Events()
        let job = try client.submit(request) { job, event in
            events.add(job, event)
            if case .inCallback = failure({ () throws(I2VError) in try job.wait() }).status {
                errors.add(job, event)
            }
            if case .inCallback = failure({ () throws(I2VError) in try client.close() }).status {
                errors.add(job, event)
            }
        }
        try job.wait()
        #expect(events.kinds.last == .done)
        #expect(errors.kinds.count == 2 * events.kinds.count)
        #expect(client.descriptor == -1)
        #expect(failure { () throws(I2VError) in try client.dispatch() }.status == .invalidState)
        try client.close()
    }

    @Test func theDescriptorTellsWhenToDispatch() throws {
        let server = service()
        defer { server.stop() }
        let client = try Client.start(configuration(server))
        let events = Events()
        _ = try client.submit(request) { events.add($0, $1) }
        while client.jobCount > 0 {
            var poll = pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0)
            #expect(Glibc.poll(&poll, 1, Int32(Bound.hang)) == 1)
            #expect(try client.dispatch(timeout: 0) > 0)
        }
        var poll = pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0)
        #expect(Glibc.poll(&poll, 1, 0) == 0)
        #expect(events.kinds.last == .done)
        try client.close()
    }

    @Test func twoJobsMustNotWriteTheSameFile() throws {
        let server = service(looks: 1_000_000)
        defer { server.stop() }
        let scratch = Scratch()
        let client = try Client.start(configuration(server))
        var wish = request
        wish.target = scratch.file("v.mp4")
        let job = try client.submit(wish)
        #expect(failure { () throws(I2VError) in try client.submit(wish) }.status == .invalidState)
        try job.cancel()
        _ = failure { () throws(I2VError) in try job.wait() }
        _ = try client.submit(wish)
        try client.close()
    }

    @Test func theKeyIsNowhereButInItsHeader() throws {
        let server = LoopbackServer { request, _ in
            .json(#"{"code":1109,"msg":"bad key \#(request.headers["x-api-key"] ?? "") given"}"#)
        }
        defer { server.stop() }
        let lines = Lines()
        var configuration = try configuration(server)
        configuration.log = Log(level: .debug) { lines.add($1) }
        let client = try Client.start(configuration)
        let error = failure { () throws(I2VError) in try client.submit(request).wait() }
        #expect(error.status == .auth)
        #expect(error.serviceMessage == "bad key ****************** given")
        #expect(!error.message.contains("key-1234-5678-90ab"))
        #expect(error.json?.contains("key-1234-5678-90ab") == false)
        #expect(lines.all.contains { $0.contains("HTTP 200") })
        #expect(!lines.all.contains { $0.contains("key-1234-5678-90ab") })
        try client.close()
    }

    @Test func credentialsMustBeOneOfTwo() {
        var configuration = Configuration()
        #expect(failure { () throws(I2VError) in try Client.start(configuration) }.field == "api_key")
        configuration.apiKey = "a"
        configuration.bearerToken = "b"
        #expect(failure { () throws(I2VError) in try Client.start(configuration) }.field == "bearer_token")
        configuration.bearerToken = nil
        configuration.apiKey = "a\r\nX: y"
        #expect(failure { () throws(I2VError) in try Client.start(configuration) }.field == "api_key")
        configuration.apiKey = "a"
        for url in ["", "ftp://e.com", "https://u:p@e.com", "https://e.com/?q", "https://e.com/#f"] {
            configuration.baseURL = url
            #expect(failure { () throws(I2VError) in try Client.start(configuration) }.field == "base_url")
        }
    }

    @Test func aRedirectOfTheAPIIsNotFollowed() throws {
        let other = service()
        let server = LoopbackServer { _, _ in .answer(307, ["Location": "\(other.url)/api"], []) }
        defer {
            server.stop()
            other.stop()
        }
        let client = try Client.start(configuration(server))
        let error = failure { () throws(I2VError) in try client.submit(request).wait() }
        #expect(error.status == .outcomeUnknown)
        #expect(error.httpStatus == 307)
        #expect(other.requests.isEmpty)
        try client.close()
    }
}

/// Counts, from many threads.
final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0
    private var looks: [String: Int] = [:]

    var value: Int { lock.withLock { count } }

    func next() -> Int {
        lock.withLock {
            count += 1
            return count
        }
    }

    func look(_ id: String) -> Int {
        lock.withLock {
            looks[id, default: 0] += 1
            return looks[id, default: 0]
        }
    }
}

/// What a handler was told, and whether two were ever told at once.
final class Events: @unchecked Sendable {
    private let lock = NSLock()
    private var events: [Event] = []
    private var inside = 0
    private(set) var overlapped = false

    var kinds: [Event] { lock.withLock { events } }

    func add(_ job: Job, _ event: Event) {
        lock.withLock {
            inside += 1
            if inside > 1 { overlapped = true }
            events.append(event)
        }
        Thread.sleep(forTimeInterval: 0.0002)
        lock.withLock { inside -= 1 }
    }
}

final class Lines: @unchecked Sendable {
    private let lock = NSLock()
    private var lines: [String] = []

    var all: [String] { lock.withLock { lines } }
    func add(_ line: String) { lock.withLock { lines.append(line) } }
}
