import Foundation
import Testing

@testable import Image2Video

/// The async front end, through the real transport. Whatever hangs here fails by the time limit.
@Suite(.serialized, .timeLimit(.minutes(5))) struct AsyncTests {
    private static let video = [UInt8]((0..<50_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })

    private func configuration(_ server: LoopbackServer) throws -> Configuration {
        var configuration = Configuration()
        configuration.apiKey = "key-1234-5678-90ab"
        configuration.baseURL = server.url
        configuration.pollInterval = try PollInterval(floor: 10, ceiling: 40)
        configuration.jobDeadline = 30_000
        return configuration
    }

    private var request: VideoRequest { VideoRequest(imageURL: "https://example.com/a.png", prompt: "turn") }

    private func request(to path: String) -> VideoRequest {
        var request = request
        request.target = path
        return request
    }

    /// Finishes every video at the `looks`th look, or later, when the gate opens.
    private func service(
        looks: Int = 3, gate: Gate = Gate(isOpen: true), create: LoopbackServer.Reply? = nil,
        video: LoopbackServer.Reply = .answer(200, ["Content-Type": "video/mp4"], AsyncTests.video)
    ) -> LoopbackServer {
        let counter = Counter()
        return LoopbackServer { request, _ in
            if request.path.hasSuffix("/createBySourcePrompt") {
                return create ?? .json(#"{"code":1000,"data":{"_id":"id\#(counter.next())","status":1}}"#)
            }
            if request.path.hasSuffix("/batch") {
                let rows = (0..<3).map { _ in #"{"_id":"id\#(counter.next())","status":1}"# }
                return .json(
                    #"{"code":1000,"data":{"successList":[\#(rows.joined(separator: ","))],"errorList":[]}}"#)
            }
            if request.path.contains("/video/list") {
                let time = Int64(Date().timeIntervalSince1970 * 1000)
                return .json(
                    #"{"code":1000,"data":{"result":[{"_id":"lost1","image_url":"https://example.com/a.png","#
                        + #""prompt":"turn","create_time":\#(time),"status":1}]}}"#)
            }
            guard request.path.hasSuffix("/resultsByIds") else { return video }
            let body = (try? JSONSerialization.jsonObject(with: Data(request.body))) as? [String: String]
            let host = request.headers["host"] ?? ""
            let rows = (body?["_ids"] ?? "").components(separatedBy: ",").map { id -> String in
                let look = counter.look(id)
                let status = gate.isOpen && look >= looks ? 3 : look == 1 ? 1 : 2
                let url = status == 3 ? #","video_url":"http://\#(host)/v/\#(id).mp4""# : ""
                return #"{"_id":"\#(id)","status":\#(status)\#(url)}"#
            }
            return .json(#"{"code":1000,"data":{"result":[\#(rows.joined(separator: ","))]}}"#)
        }
    }

    private func creates(_ server: LoopbackServer) -> Int {
        server.requests.filter { $0.path.hasSuffix("/createBySourcePrompt") }.count
    }

    /// Comes back when the condition holds; records an issue when it never does.
    private func until(_ isTrue: () -> Bool) async {
        let limit = Instant.now + Bound.hang
        while !isTrue() {
            guard Instant.now < limit else {
                Issue.record("it never came to be")
                return
            }
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    private func thrown<Value>(_ body: () async throws -> Value) async -> any Error {
        do {
            _ = try await body()
            Issue.record("nothing was thrown")
            return I2VError(.ok, "")
        } catch {
            return error
        }
    }

    private func failure<Value>(_ body: () async throws -> Value) async -> I2VError {
        let error = await thrown(body)
        if let error = error as? I2VError { return error }
        Issue.record("\(error) is no error of the library")
        return I2VError(.ok, "")
    }

    // MARK: Jobs

    @Test func aPictureBecomesAFile() async throws {
        let server = service()
        defer { server.stop() }
        let scratch = Scratch()
        var configuration = try configuration(server)
        configuration.delivery = .dispatch
        let client = try AsyncClient(configuration)
        let job = try await client.animate(request(to: scratch.file("v.mp4")))
        #expect(job.state == .saved)
        #expect(job.id == "id1")
        #expect(job.path == scratch.file("v.mp4"))
        #expect(job.video?.status == 3)
        #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: scratch.file("v.mp4")))) == Self.video)
        #expect(await failure { try await client.animate(request) }.field == "target")
        #expect(
            await failure { try await client.animate(request(to: scratch.file("v.mp4"))) }.status
                == .fileExists)
        #expect(creates(server) == 1)
        try await client.close()
    }

    @Test func manyJobsInAGroup() async throws {
        let server = service()
        defer { server.stop() }
        let scratch = Scratch()
        let client = try AsyncClient(configuration(server))
        let paths = try await withThrowingTaskGroup(of: String?.self) { group in
            for number in 0..<150 {
                group.addTask {
                    let request = request(to: scratch.file("\(number).mp4"))
                    let job = try await client.animate(request)
                    return job.state == .saved ? job.path : nil
                }
            }
            return try await group.reduce(into: Set<String>()) { if let path = $1 { $0.insert(path) } }
        }
        #expect(paths.count == 150)
        #expect(scratch.names.count == 150)
        #expect(creates(server) == 150)
        await until { client.jobCount == 0 }
        try await client.close()
    }

    @Test func aBatchGivesAJobForEachVideo() async throws {
        let server = service()
        defer { server.stop() }
        let client = try AsyncClient(configuration(server))
        var wish = request
        wish.count = 3
        #expect(await failure { try client.submit(wish) }.field == "count")
        let jobs = try client.submitBatch(wish)
        var ids: [String?] = []
        for job in jobs {
            #expect(try await job.finished().id == job.id)
            ids.append(job.id)
            let events = await job.events.all
            #expect(events.first == .created && events.last == .done)
        }
        #expect(ids == ["id1", "id2", "id3"])
        try await client.close()
    }

    @Test func attachingAndFetchingLater() async throws {
        let server = service(looks: 2)
        defer { server.stop() }
        let scratch = Scratch()
        let client = try AsyncClient(configuration(server))
        let job = try client.attach("elsewhere")
        let target = Target(path: scratch.file("v.mp4"), replace: false)
        #expect(await failure { try job.fetch(to: target) }.status == .invalidState)
        #expect(try await job.finished().videoURL != nil)
        #expect(job.state == .completed)
        try job.fetch(to: target)
        let events = await job.events.all
        // Progress is told again where the download takes longer.
        #expect(events.last == .done && Set(events.dropLast()) == [.progress])
        try await job.finished()
        #expect(job.state == .saved)
        #expect(scratch.names == ["v.mp4"])
        #expect(await failure { try job.fetch(to: target) }.status == .fileExists)
        // A fetch that did not start changes nothing.
        try await job.finished()
        #expect(await failure { try client.attach("") }.field == "id")
        try await client.close()
    }

    @Test func whatIsLeftInTheLedgerIsGoneOnWith() async throws {
        let gate = Gate(isOpen: false)
        let server = service(gate: gate)
        defer { server.stop() }
        let scratch = Scratch()
        var settings = try configuration(server)
        settings.ledger = scratch.file("jobs.sqlite")
        let former = try AsyncClient(settings)
        let job = try former.submit(request(to: scratch.file("v.mp4")))
        await until { job.state == .waiting }
        try await former.close()
        gate.open()
        let client = try AsyncClient(settings)
        let resumed = try client.resume()
        #expect(try await resumed.first?.finished().id == "id1")
        #expect(try client.resume().isEmpty && client.reconcile().isEmpty)
        try await client.close()
        #expect(scratch.names.contains("v.mp4"))
    }

    @Test func whatHindersAJobIsAnEvent() async throws {
        let server = LoopbackServer { request, number in
            guard request.path.hasSuffix("resultsByIds") else {
                return .json(#"{"code":1000,"data":{"_id":"x","status":1}}"#)
            }
            guard number > 3 else { return .json(#"{"code":1109,"msg":"wrong key"}"#) }
            return .json(
                #"{"code":1000,"data":{"result":[{"_id":"x","status":3,"video_url":"http://a/v"}]}}"#)
        }
        defer { server.stop() }
        let client = try AsyncClient(configuration(server))
        let job = try client.submit(VideoRequest(imageURL: "https://e.com/a.png", prompt: "x"))
        var events: [Event] = []
        for await event in job.events { events.append(event) }
        #expect(events.filter { $0 == .warning }.count == 1)
        #expect(events.last == .done)
        #expect(job.error == nil)
        try await client.close()
    }

    @Test func whatWasLostIsLookedFor() async throws {
        let server = service(create: .close)
        defer { server.stop() }
        let scratch = Scratch()
        var settings = try configuration(server)
        settings.ledger = scratch.file("jobs.sqlite")
        let former = try AsyncClient(settings)
        let job = try former.submit(request)
        #expect(await failure { try await job.finished() }.status == .outcomeUnknown)
        try await former.close()
        let client = try AsyncClient(settings)
        let other = try client.submit(request)
        #expect(await failure { try await other.finished() }.status == .outcomeUnknown)
        try other.reconcile()
        #expect(try await other.finished().id == "lost1")
        // The one video is the other's.
        let found = try client.reconcile()
        #expect(found.count == 1)
        #expect(await failure { try await found.first?.finished() }.status == .outcomeUnknown)
        try await client.close()
        #expect(creates(server) == 2)
    }

    @Test func aFailureIsThrownToEverybodyWhoWaits() async throws {
        let made = Counter()
        let server = LoopbackServer { request, _ in
            request.path.hasSuffix("resultsByIds")
                ? .json(
                    #"{"code":1000,"data":{"result":["#
                        + (1...2).map { #"{"_id":"x\#($0)","status":4,"error_reason":"too dark"}"# }
                        .joined(separator: ",") + "]}}")
                : .json(#"{"code":1000,"data":{"_id":"x\#(made.next())","status":1}}"#)
        }
        defer { server.stop() }
        let scratch = Scratch()
        let client = try AsyncClient(configuration(server))
        let job = try client.submit(request)
        let waits = (0..<5).map { _ in Task { try await job.finished() } }
        for wait in waits {
            #expect(await failure { try await wait.value }.serviceMessage == "too dark")
        }
        #expect(await failure { try await job.finished() }.status == .jobFailed)
        // Where the caller is given no job, the error names the video.
        let error = await failure { try await client.animate(request(to: scratch.file("v.mp4"))) }
        #expect(error.message.hasSuffix("(video x2)"))
        try await client.close()
    }

    @Test func aJobKeepsItsClient() async throws {
        let server = service()
        defer { server.stop() }
        let job: AsyncJob
        do { job = try AsyncClient(configuration(server)).submit(request) }
        #expect(try await job.finished().status == 3)

        let gate = Gate(isOpen: false)
        let slow = service(gate: gate)
        defer { slow.stop() }
        let events: JobEvents
        do { events = try AsyncClient(configuration(slow)).submit(request).events }
        Task {
            try? await Task.sleep(for: .milliseconds(50))
            gate.open()
        }
        #expect(await events.all.last == .done)
    }

    // MARK: Events

    @Test func eventsComeInOrderToEveryConsumerAndLateOnesMissNothing() async throws {
        let server = service(looks: 4)
        defer { server.stop() }
        let scratch = Scratch()
        let client = try AsyncClient(configuration(server))
        let job = try client.submit(request(to: scratch.file("v.mp4")))
        async let one = job.events.all
        async let other = job.events.all
        let slow = Task {
            var seen: [Event] = []
            for await event in job.events {
                seen.append(event)
                try? await Task.sleep(for: .milliseconds(20))
            }
            return seen
        }
        for events in [await one, await other, await slow.value] {
            #expect(events.first == .created)
            #expect(events.last == .done)
            #expect(events.filter { $0 == .created || $0 == .done }.count == 2)
            #expect(events.contains(.status))
            let firstProgress = events.firstIndex(of: .progress) ?? -1
            #expect(firstProgress > (events.lastIndex(of: .status) ?? .max))
        }
        // After the end: each kind once, and the end is the end.
        var late = job.events.makeAsyncIterator()
        for event in [Event.created, .status, .progress, .done] {
            #expect(await late.next() == event)
        }
        #expect(await late.next() == nil)
        #expect(await late.next() == nil)
        try await client.close()
    }

    @Test func aCancelledLoopEndsAndTheJobGoesOn() async throws {
        let gate = Gate(isOpen: false)
        let server = service(gate: gate)
        defer { server.stop() }
        let client = try AsyncClient(configuration(server))
        let job = try client.submit(request)
        let loop = Task { await job.events.all }
        await until { job.video?.status == 2 }
        let begin = Instant.now
        loop.cancel()
        let seen = await loop.value
        #expect(Instant.now - begin < Bound.busy)
        #expect(seen.first == .created && !seen.contains(.done))
        gate.open()
        #expect(try await job.finished().status == 3)
        try await client.close()
    }

    // MARK: Cancelling

    @Test func aWaitThatIsCancelledLeavesTheJobGoing() async throws {
        let gate = Gate(isOpen: false)
        let server = service(gate: gate)
        defer { server.stop() }
        let client = try AsyncClient(configuration(server))
        let job = try client.submit(request)
        // At once, while the create is on the wire or not even sent, and while the service is at work.
        for state in [JobState.submitting, .waiting] {
            if state == .waiting { await until { job.state == .waiting } }
            let wait = Task { try await job.finished() }
            if state == .waiting { try await Task.sleep(for: .milliseconds(20)) }
            let begin = Instant.now
            wait.cancel()
            #expect(await thrown { try await wait.value } is CancellationError)
            #expect(Instant.now - begin < Bound.busy)
        }
        #expect(!job.state.isFinal)
        gate.open()
        #expect(try await job.finished().status == 3)
        // What is there already is given, cancelled or not.
        let cancelled = Task {
            await withTaskCancellationHandler {
                await never()
            } onCancel: {
            }
            return try await job.finished().status
        }
        cancelled.cancel()
        #expect(try await cancelled.value == 3)
        #expect(creates(server) == 1)
        try await client.close()
    }

    /// Returns when the task is cancelled.
    private func never() async {
        while !Task.isCancelled { try? await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func animateOfACancelledTaskSendsNothing() async throws {
        let server = service()
        defer { server.stop() }
        let scratch = Scratch()
        let client = try AsyncClient(configuration(server))
        let task = Task {
            await never()
            try await client.animate(request(to: scratch.file("v.mp4")))
        }
        task.cancel()
        let error = await failure { try await task.value }
        #expect(error.status == .cancelled)
        #expect(error.charge == .none)
        try await Task.sleep(for: .milliseconds(50))
        #expect(server.requests.isEmpty)
        try await client.close()
    }

    @Test func animateIsCancelledWhileTheCreateIsOnTheWire() async throws {
        let server = service(create: .hang)
        defer { server.stop() }
        let scratch = Scratch()
        let client = try AsyncClient(configuration(server))
        let task = Task { try await client.animate(request(to: scratch.file("v.mp4"))) }
        await until { creates(server) == 1 }
        let begin = Instant.now
        task.cancel()
        let error = await failure { try await task.value }
        #expect(Instant.now - begin < Bound.busy)
        #expect(error.status == .outcomeUnknown)
        #expect(error.charge == .possible)
        #expect(creates(server) == 1)
        try await client.close()
    }

    @Test func animateIsCancelledWhileTheServiceIsAtWork() async throws {
        let server = service(gate: Gate(isOpen: false))
        defer { server.stop() }
        let scratch = Scratch()
        let client = try AsyncClient(configuration(server))
        let task = Task { try await client.animate(request(to: scratch.file("v.mp4"))) }
        await until { server.requests.count >= 3 }
        let begin = Instant.now
        task.cancel()
        let error = await failure { try await task.value }
        #expect(Instant.now - begin < Bound.busy)
        #expect(error.status == .cancelled)
        #expect(error.charge == .certain)
        #expect(error.message.hasSuffix("(video id1)"))
        try await Task.sleep(for: .milliseconds(50))
        let looks = server.requests.count
        try await Task.sleep(for: .milliseconds(200))
        // One may have been on its way.
        #expect(server.requests.count <= looks + 1)
        try await client.close()
    }

    @Test func animateIsCancelledWhileTheVideoIsDownloaded() async throws {
        let server = service(video: .hang)
        defer { server.stop() }
        let scratch = Scratch()
        let client = try AsyncClient(configuration(server))
        let task = Task { try await client.animate(request(to: scratch.file("v.mp4"))) }
        await until { server.requests.contains { $0.path.hasPrefix("/v/") } }
        let begin = Instant.now
        task.cancel()
        let error = await failure { try await task.value }
        #expect(Instant.now - begin < Bound.busy)
        #expect(error.status == .cancelled)
        #expect(error.message.hasSuffix("(video id1)"))
        #expect(scratch.names.isEmpty)
        try await client.close()
    }

    @Test func aJobThatIsCancelledThrowsToWhoWaits() async throws {
        let server = service(gate: Gate(isOpen: false))
        defer { server.stop() }
        let client = try AsyncClient(configuration(server))
        let job = try client.submit(request)
        let wait = Task { try await job.finished() }
        await until { job.state == .waiting }
        try job.cancel()
        #expect(await failure { try await wait.value }.status == .cancelled)
        try job.cancel()
        try await client.close()
    }

    @Test func cancellingAtAnyMomentEndsEveryTaskOnce() async throws {
        // Nothing is finished while the first half is cancelled, and the last ones are not cancelled at all.
        let (half, total, last) = (75, 150, 140)
        let gate = Gate(isOpen: false)
        let cancelled = Counter()
        let server = service(looks: 2, gate: gate)
        defer { server.stop() }
        let scratch = Scratch()
        let client = try AsyncClient(configuration(server))
        let ends = await withTaskGroup(of: Status.self) { group in
            for number in 0..<total {
                group.addTask {
                    var wish = request(to: scratch.file("\(number).mp4"))
                    wish.prompt = "turn \(number)"
                    let request = wish
                    let task = Task { () async throws -> Void in
                        if number % 3 == 0 {
                            try await client.animate(request)
                        } else if number % 3 == 1 {
                            try await client.submit(request).finished()
                        } else {
                            _ = try await client.results(["id1"])
                        }
                    }
                    try? await Task.sleep(for: .microseconds(number * 700))
                    if number < last { task.cancel() }
                    if number < half && cancelled.next() == half { gate.open() }
                    do {
                        try await task.value
                        return .ok
                    } catch is CancellationError {
                        return number % 3 == 1 ? .cancelled : .protocol
                    } catch {
                        return (error as? I2VError)?.status ?? .protocol
                    }
                }
            }
            return await group.reduce(into: [Status]()) { $0.append($1) }
        }
        #expect(ends.count == total)
        #expect(ends.allSatisfy { [.ok, .cancelled, .outcomeUnknown].contains($0) })
        // Those of the first half that waited for a video, and those that were left alone.
        #expect(ends.filter { $0 != .ok }.count >= 2 * half / 3)
        #expect(ends.filter { $0 == .ok }.count >= total - last)
        let bodies = server.requests.filter { $0.path.hasSuffix("/createBySourcePrompt") }.map(\.body)
        #expect(Set(bodies).count == bodies.count)
        // The jobs whose waits were cancelled finish.
        await until { client.jobCount == 0 }
        try await client.close()
    }

    // MARK: Closing

    @Test func closingEndsWhatTasksWaitFor() async throws {
        let made = Counter()
        let server = LoopbackServer { request, _ in
            request.path.hasSuffix("/createBySourcePrompt")
                ? .json(#"{"code":1000,"data":{"_id":"x\#(made.next())","status":1}}"#) : .hang
        }
        defer { server.stop() }
        let scratch = Scratch()
        let client = try AsyncClient(configuration(server))
        let job = try client.submit(request)
        let waits = (0..<20).map { _ in Task { _ = try await job.finished() } }
        let loop = Task { await job.events.all }
        let animation = Task { _ = try await client.animate(request(to: scratch.file("v.mp4"))) }
        let question = Task { _ = try await client.credits() }
        await until { server.requests.count >= 4 }
        let begin = Instant.now
        try await client.close()
        for task in waits + [animation, question] {
            #expect(await failure { try await task.value }.status == .cancelled)
        }
        #expect(await loop.value.last == .done)
        #expect(Instant.now - begin < Bound.busy)
        #expect(await failure { try await client.credits() }.status == .closed)
        #expect(await failure { try client.submit(request) }.status == .closed)
        #expect(await failure { try await job.finished() }.status == .cancelled)
        try await client.close()
    }

    @Test func closingAtAnyMomentEndsEveryTaskOnce() async throws {
        let server = service()
        defer { server.stop() }
        for round in 0..<20 {
            let client = try AsyncClient(configuration(server))
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        do {
                            if number % 2 == 0 {
                                _ = try await client.credits()
                            } else {
                                let job = try client.submit(request)
                                for await _ in job.events {}
                                try await job.finished()
                            }
                        } catch let error as I2VError {
                            #expect(
                                [.cancelled, .outcomeUnknown, .closed, .protocol].contains(error.status),
                                "\(error.message)")
                        } catch {
                            Issue.record("\(error)")
                        }
                    }
                }
                group.addTask {
                    try? await Task.sleep(for: .milliseconds(round * 2))
                    await #expect(throws: Never.self) { try await client.close() }
                }
            }
            #expect(client.jobCount == 0)
        }
    }

    @Test func closingHoldsNoThreadUp() async throws {
        let server = LoopbackServer { _, _ in .hang }
        defer { server.stop() }
        var configuration = try configuration(server)
        // The client's thread says that the job ended, and takes its time over it.
        let gate = Gate(isOpen: false)
        let begin = Instant.now
        configuration.log = Log(level: .error) { _, _ in
            while !gate.isOpen && Instant.now - begin < Bound.busy { Thread.sleep(forTimeInterval: 0.005) }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 * ProcessInfo.processInfo.activeProcessorCount {
                let client = try AsyncClient(configuration)
                let job = try client.submit(request)
                group.addTask {
                    try await client.close()
                    #expect(job.state == .failed)
                    #expect(client.jobCount == 0)
                }
            }
            for _ in 0..<5 { try await Task.sleep(for: .milliseconds(5)) }
            // Tasks go on while nothing has closed.
            gate.open()
            try await group.waitForAll()
        }
        #expect(Instant.now - begin < Bound.busy)
    }

    @Test func waitingTasksHoldNoThreadUp() async throws {
        let server = LoopbackServer { _, _ in .hang }
        defer { server.stop() }
        let client = try AsyncClient(configuration(server))
        let jobs = try (0..<100).map { _ in try client.submit(request) }
        let waits = jobs.map { job in Task { try await job.finished() } }
        // With as many waits as this, a pool whose threads were held up would run nothing else.
        let begin = Instant.now
        for _ in 0..<20 { await Task { await Task.yield() }.value }
        #expect(Instant.now - begin < Bound.busy)
        try await client.close()
        for wait in waits { _ = await failure { try await wait.value } }
    }

    // MARK: Asking

    @Test func questionsAreAnswered() async throws {
        let server = LoopbackServer { request, _ in
            if request.path.hasSuffix("/effects") {
                return .json(
                    #"{"code":1000,"data":{"result":[{"effect_code":"s_1","name":"Squish"}],"count":1}}"#)
            }
            if request.path.contains("/aigModel/list?types%5B%5D=1501") {
                return .json(#"{"code":1000,"data":[{"value":"a/b","sort":1},{"value":"c.d","sort":9}]}"#)
            }
            if request.path.hasSuffix("delbyids") {
                return .json(
                    #"{"code":1000,"data":{"successIds":["a"],"noPermissionItems":[{"_id":"b","reason":"no"}]}}"#
                )
            }
            if request.path.hasSuffix("resultsByIds") {
                return .json(#"{"code":1000,"data":{"result":[{"_id":"a","status":2}]}}"#)
            }
            return .json(#"{"code":1000,"data":{"credit":12.5}}"#)
        }
        defer { server.stop() }
        let client = try AsyncClient(configuration(server))
        async let effects = client.effects()
        async let models = client.models()
        async let credits = client.credits()
        async let videos = client.results(["b", "a"])
        #expect(try await effects.map(\.code) == ["s_1"])
        #expect(try await models.map(\.value) == ["c.d", "a/b"])
        #expect(try await credits == 12.5)
        #expect(try await videos.map { $0?.status } == [nil, 2])
        let deletions = try await client.delete(["a", "b"])
        #expect(deletions.map(\.id) == ["a", "b"])
        #expect(deletions[0].refusal == nil && deletions[1].refusal != nil)
        #expect(try await client.ask(.effects).total == 1)
        #expect(await failure { try await client.results([]) }.field == "ids")
        #expect(try client.spending() == (0, 0))
        try await client.close()
    }

    @Test func whatWasNeverSavedIsNotDeletedUnlessForced() async throws {
        let server = service()
        defer { server.stop() }
        let client = try AsyncClient(configuration(server))
        let job = try client.submit(request)
        let id = try #require(try await job.finished().id)
        let before = server.requests.count
        #expect(await failure { try await client.delete([id]) }.status == .invalidState)
        #expect(server.requests.count == before)
        _ = try? await client.delete([id], force: true)
        #expect(server.requests.last?.path.hasSuffix("delbyids") == true)
        try await client.close()
    }

    @Test func aCancelledQuestionIsBrokenOff() async throws {
        let server = LoopbackServer { _, _ in .hang }
        defer { server.stop() }
        let client = try AsyncClient(configuration(server))
        let task = Task { try await client.credits() }
        await until { server.requests.count == 1 }
        let begin = Instant.now
        task.cancel()
        #expect(await failure { try await task.value }.status == .cancelled)
        #expect(Instant.now - begin < Bound.busy)
        await until { client.jobCount == 0 }
        let late = Task {
            await never()
            return try await client.effects()
        }
        late.cancel()
        #expect(await failure { try await late.value }.status == .cancelled)
        #expect(server.requests.count == 1)
        #expect(await failure { try await client.credits(timeout: 100) }.status == .deadline)
        try await client.close()
    }

    // MARK: The log by itself

    @Test func theLogKeepsTheLatestOfEachKind() async throws {
        let log = EventLog<Int>()
        for event in [Event.created, .status, .status, .progress, .status] { log.add(event) }
        var seen = 0
        var events: [Event] = []
        for _ in 0..<3 {
            let entry = try #require(await log.next(after: seen))
            seen = entry.number
            events.append(entry.event)
        }
        #expect(events == [.created, .progress, .status])
        #expect(log.outcome == nil)
        log.finish(.success(7))
        #expect(await log.next(after: seen)?.event == .done)
        #expect(await log.next(after: seen + 1) == nil)
        #expect(try await log.outcomeUnlessCancelled()?.get() == 7)
        #expect(try await log.outcome(onCancel: {}).get() == 7)
    }

    @Test func theLogUnderEveryRace() async throws {
        for round in 0..<200 {
            let log = EventLog<Int>()
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        let wait = Task { () -> Int? in
                            if number % 3 == 0 {
                                return try? await log.outcome(onCancel: {}).get()
                            }
                            if number % 3 == 1 {
                                return try? await log.outcomeUnlessCancelled()?.get()
                            }
                            var seen = 0
                            while let entry = await log.next(after: seen) {
                                #expect(entry.number > seen)
                                seen = entry.number
                            }
                            return nil
                        }
                        if number % 2 == 0 { await Task.yield() }
                        if number % 4 != 3 { wait.cancel() }
                        let value = await wait.value
                        if number % 3 == 0 { #expect(value == round) }
                        if number == 7 { #expect(value == round) }
                    }
                }
                group.addTask {
                    for _ in 0..<5 {
                        log.add(.status)
                        await Task.yield()
                    }
                    log.finish(.success(round))
                }
            }
        }
    }
}

extension JobEvents {
    /// What a loop sees.
    fileprivate var all: [Event] {
        get async {
            var events: [Event] = []
            for await event in self { events.append(event) }
            return events
        }
    }
}

/// Whether a server's videos may be finished.
final class Gate: @unchecked Sendable {
    private let lock = NSLock()
    private var state: Bool

    init(isOpen: Bool) {
        state = isOpen
    }

    var isOpen: Bool { lock.withLock { state } }
    func open() { lock.withLock { state = true } }
}

extension Scratch: @unchecked Sendable {}
