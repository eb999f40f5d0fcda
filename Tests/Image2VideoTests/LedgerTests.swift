import Foundation
import Testing

@testable import Image2Video

@Suite struct LedgerTests {
    private var owner: Job.Owner {
        Job.Owner(
            wait: { _, _ throws(I2VError) in true }, fetch: { _, _, _ throws(I2VError) in },
            cancel: { _ throws(I2VError) in }, reconcile: { _, _ throws(I2VError) in })
    }

    private func job(_ prompt: String = "x", target: String? = nil) throws -> Job {
        var request = VideoRequest(imageURL: "https://example.com/a.png", prompt: prompt)
        request.webhookURL = "https://example.com/hook?a=1#f"
        var origin = Record.Origin(deadline: 60_000)
        origin.call = try Create.call(for: request, by: .single, nonce: origin.submission)
        return Job(
            number: 1, kind: Kind(model: "m", resolution: "720p", seconds: 5), estimate: 20,
            record: Record(origin), target: target.map { Target(path: $0, replace: true) }, handler: nil,
            owner: owner)
    }

    private func video(_ json: String) throws -> Video {
        try #require(Video.read(parse(json)))
    }

    private func books(for ledger: Ledger, _ io: IOThread? = nil) throws -> Bookkeeper {
        Bookkeeper(
            ledger, isRequired: true, io: try io ?? IOThread(transport: .forTests()), log: .off,
            problem: LedgerProblem())
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let scratch = Scratch()
        let path = scratch.file("ledger")
        let ledger = try Ledger.open(path, baseURL: "https://a.example")
        let job = try job("größer 🐈", target: "/tmp/v.mp4")
        #expect(try ledger.write([job]).isEmpty)
        job.record.sent = 5
        job.accept(
            try video(
                #"{"_id":"abc","status":2,"create_time":1000,"video_url":"http://v/1","deduction_credit":7}"#)
        )
        job.move(to: .waiting)
        job.record.deduction = 7
        #expect(try ledger.write([job]).isEmpty)
        let entry = try #require(try Records.read(path).entries.first)
        #expect(entry.id == "abc" && entry.path == "/tmp/v.mp4" && entry.replace && entry.isOpen)
        #expect(entry.url == "http://v/1" && entry.deduction == 7 && entry.sent == 5 && entry.holder != nil)
        #expect(entry.expires == 1000 + Video.lifetime)
        let json = try parse(entry.json)
        #expect(json["request"]?["prompt"]?.string == "größer 🐈")
        let hook = try #require(json["request"]?["webhookurl"]?.string)
        #expect(hook == "https://example.com/hook?a=1&i2v_nonce=\(job.record.origin.submission)#f")
    }

    /// As after a turn that took so long that the next try was due before the timers were looked at.
    @Test func failedWriteIsTriedAgainWheneverTheTurnEnds() throws {
        let scratch = Scratch()
        let path = scratch.file("ledger")
        let io = IOThread(transport: try .forTests())
        let books = try books(for: Ledger.open(path, baseURL: "b"), io)
        let job = try job()
        try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
        books.note(job)
        books.settle()
        usleep(useconds_t(1000 * max(0, io.timers.next - .now) + 20_000))
        books.settle()
        io.timers.fire(now: .now)
        books.settle()
        #expect(io.timers.next - .now <= 1_000)
        #expect(!books.isOnDisk(job))
        try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
        usleep(useconds_t(1000 * max(0, min(1_000, io.timers.next - .now)) + 20_000))
        io.timers.fire(now: .now)
        books.settle()
        #expect(books.isOnDisk(job))
        books.close()
    }

    @Test func oneJobIsHeldByOneOnly() throws {
        let scratch = Scratch()
        let path = scratch.file("ledger")
        let first = try Ledger.open(path, baseURL: "b")
        let second = try Ledger.open(path, baseURL: "b")
        let job = try job()
        _ = try first.write([job])
        #expect(try second.claim(.unfinished, 10).isEmpty)
        try first.letGo()
        let taken = try second.claim(.unfinished, 10)
        #expect(taken.count == 1 && taken[0].submission == job.record.origin.submission)
        #expect(try first.claim(.unfinished, 10).isEmpty)
        // The first does not know, and learns it from its next word.
        #expect(try first.write([job]).count == 1)
        try second.release(taken)
        #expect(try first.claim(.unfinished, 10).count == 1)
        #expect(try Ledger.open(path, baseURL: "another").claim(.unfinished, 10).isEmpty)
    }

    /// Its file keeps its mark: whoever took the job up may not have found yet that it is saved.
    @Test func jobThatAnotherTookUpIsNotOnDisk() throws {
        let scratch = Scratch()
        let path = scratch.file("ledger")
        let ledger = try Ledger.open(path, baseURL: "b")
        let job = try job()
        let books = try books(for: ledger)
        var isOnDisk: [Bool] = []
        func settle() {
            books.note(job)
            books.afterwards { isOnDisk.append(books.isOnDisk(job)) }
            books.settle()
        }
        settle()
        try ledger.letGo()
        _ = try Ledger.open(path, baseURL: "b").claim(.unfinished, 10)
        settle()
        #expect(isOnDisk == [true, false])
        books.close()
    }

    @Test func anIdThatArrivesLateIsKeptWhoeverHoldsTheJob() throws {
        let scratch = Scratch()
        let path = scratch.file("ledger")
        let first = try Ledger.open(path, baseURL: "b")
        let job = try job()
        _ = try first.write([job])
        try first.letGo()
        _ = try Ledger.open(path, baseURL: "b").claim(.unfinished, 10)
        job.accept(try video(#"{"_id":"late","status":1}"#))
        _ = try first.write([job])
        #expect(try Records.read(path).entries[0].id == "late")
        #expect(try first.contains(id: "late"))
        #expect(try !first.contains(id: "other"))
        let another = try self.job()
        _ = try first.write([another])
        #expect(try first.reserve("late", for: another.record) == .taken)
        #expect(try first.reserve("other", for: another.record) == .given)
        #expect(try first.reserve("other", for: job.record) == .taken)
        #expect(try first.reserve("third", for: another.record) == .lost)
        #expect(try Records.read(path).entries.map(\.id) == ["late", "other"])
    }

    /// An id on disk is gone on with, also where its process ended before it wrote anything else of the job.
    @Test func anIdThatASearchFoundIsTakenUp() throws {
        let scratch = Scratch()
        let path = scratch.file("ledger")
        let first = try Ledger.open(path, baseURL: "b")
        let job = try job()
        job.record.sent = WallClock.now
        job.record.isOpen = false
        job.move(to: .failed, error: I2VError(.outcomeUnknown, "lost", charge: .possible))
        _ = try first.write([job])
        let lost = try #require(try first.claim(.lost, 10).first)
        #expect(try first.reserve("found", for: lost.record) == .given)
        try first.letGo()
        let taken = try Ledger.open(path, baseURL: "b").claim(.unfinished, 10)
        #expect(taken.map(\.id) == ["found"] && taken.first?.charge == Charge.certain.rawValue)
        #expect(try first.claim(.lost, 10).isEmpty)
    }

    @Test func theDeadAreToldFromTheLiving() {
        let me = Holder.current()
        #expect(me.isAlive)
        func with(boot: String? = nil, process: Int64? = nil, started: Int64? = nil, until: Int64? = nil)
            -> Holder
        {
            Holder(
                boot: boot ?? me.boot, space: me.space, process: process ?? me.process,
                started: started ?? me.started, until: until ?? me.until)
        }
        #expect(!with(boot: "another boot").isAlive)
        #expect(!with(until: Machine.uptime - 1).isAlive)
        #expect(!with(process: 4_194_999).isAlive)
        #expect(!with(started: me.started + 1).isAlive)
        // Where processes cannot see each other, the lease alone counts.
        let far = Holder(boot: me.boot, space: "elsewhere", process: 4_194_999, started: 1, until: me.until)
        #expect(far.isAlive)
    }

    @Test func whatIsNoLedgerIsRefused() throws {
        let scratch = Scratch()
        func refusal(_ name: String) -> I2VError {
            failure { () throws(I2VError) in try Ledger.open(scratch.file(name), baseURL: "b") }
        }
        try Data(repeating: 65, count: 5_000).write(to: URL(fileURLWithPath: scratch.file("text")))
        #expect(refusal("text").status == .ledger)
        #expect(refusal("no/such/folder").status == .ledger)
        let newer = try Ledger.open(scratch.file("newer"), baseURL: "b")
        _ = newer
        let database = try Database.open(scratch.file("newer"), for: .writing)
        try database.execute("PRAGMA user_version = 99")
        #expect(refusal("newer").message.contains("newer version"))
        let other = try Database.open(scratch.file("other"), for: .making)
        try other.execute("CREATE TABLE mine(x)")
        #expect(refusal("other").message.contains("something else"))
        #expect(failure { () throws(I2VError) in try Records.read(scratch.file("none")) }.status == .ledger)
    }

    @Test func oneThatIsJustBeingMadeHoldsNothing() throws {
        let scratch = Scratch()
        _ = try Database.open(scratch.file("ledger"), for: .making)
        #expect(try Records.read(scratch.file("ledger")).entries.isEmpty)
    }

    // MARK: What nobody would have written

    @Test func valuesAreHeldToWhatTheyCanBe() throws {
        let scratch = Scratch()
        let path = scratch.file("ledger")
        let job = try job()
        _ = try Ledger.open(path, baseURL: "b").write([job])
        let database = try Database.open(path, for: .writing)
        func entry(_ change: StaticString) throws -> Entry {
            try database.execute(change)
            return try #require(try Records.read(path).entries.first)
        }
        let least = try entry(
            """
            UPDATE job SET position = -1, count = -9223372036854775808, seconds = -9223372036854775808,
                estimate = -9e999, deduction = -1, deadline = -1, submitted = -9223372036854775808, sent = -1
            """)
        #expect(least.position == 0 && least.count == 1 && least.seconds == 0 && least.deadline == 0)
        #expect(least.estimate == 0 && least.deduction == 0 && least.submitted == 0 && least.sent == 0)
        let most = try entry(
            """
            UPDATE job SET position = 9223372036854775807, count = 9223372036854775807,
                seconds = 9223372036854775807, estimate = 9e999, deduction = 1e300,
                deadline = 9223372036854775807, submitted = 9223372036854775807, sent = 9223372036854775807
            """)
        #expect(most.position == 1_000_000 && most.count == 1_000_000 && most.seconds == 86_400)
        #expect(most.estimate == 1e12 && most.deduction == 1e12 && most.deadline == 604_800_000)
        #expect(most.submitted == 1 << 53 && most.sent == 1 << 53)
        let strange = try entry(
            "UPDATE job SET seconds = 'x', estimate = x'ff', model = 7, path = x'c328', id = '', open = 'x'")
        #expect(strange.seconds == 0 && strange.estimate == 0 && strange.model == "7" && strange.id == "")
        #expect(strange.path == "\u{fffd}(" && !strange.isOpen)
    }

    /// A file that gives the same row at every claim: it is gone on with once, and what cannot be, is left.
    @Test(.timeLimit(.minutes(1))) func rowThatComesAgainIsTakenUpOnce() throws {
        let scratch = Scratch()
        var configuration = Configuration()
        configuration.apiKey = "key-1234-5678-90ab"
        configuration.baseURL = "http://127.0.0.1:9"
        configuration.ledger = scratch.file("ledger")
        let path = scratch.file("v.mp4")
        let ledger = try Ledger.open(scratch.file("ledger"), baseURL: configuration.baseAddress)
        _ = try ledger.write([job(target: path), job(target: path)])
        try ledger.letGo()
        try Database.open(scratch.file("ledger"), for: .writing).execute(
            "CREATE TRIGGER t AFTER UPDATE OF holder ON job BEGIN UPDATE job SET holder = NULL; END")
        let client = try Client.start(configuration)
        #expect(try client.resume().count == 1)
        try client.close()
    }

    @Test func onlyWhatEndedLongAgoIsPruned() throws {
        let scratch = Scratch()
        let path = scratch.file("ledger")
        let ledger = try Ledger.open(path, baseURL: "b")
        let open = try job()
        let ended = try job()
        ended.record.isOpen = false
        ended.move(to: .saved)
        _ = try ledger.write([open, ended])
        #expect(try Records.prune(path, olderThan: 3_600_000) == 0)
        usleep(5_000)
        #expect(try Records.prune(path, olderThan: 0) == 1)
        #expect(try Records.read(path).entries.map(\.isOpen) == [true])
    }

    @Test func lostCreateIsPrunedWhenItsVideoWouldBeGone() throws {
        let scratch = Scratch()
        let path = scratch.file("ledger")
        let ledger = try Ledger.open(path, baseURL: "b")
        let now = WallClock.now
        for (age, error) in [
            (Video.lifetime - 60_000, I2VError(.outcomeUnknown, "lost", charge: .possible)),
            (Video.lifetime + 60_000, I2VError(.outcomeUnknown, "lost", charge: .possible)),
            (60_000, I2VError(.rateLimit, "refused")),
        ] {
            let job = try job()
            job.record.isOpen = false
            job.record.sent = now - age
            job.move(to: .failed, error: error)
            _ = try ledger.write([job])
        }
        usleep(5_000)
        #expect(try Records.prune(path, olderThan: 0) == 2)
        let left = try Records.read(path).entries
        #expect(left.map(\.sent) == [now - Video.lifetime + 60_000])
    }
}

@Suite struct ResemblanceTests {
    private func record(webhook: String? = nil) throws -> Record {
        var request = VideoRequest(imageURL: "https://example.com/a.png", prompt: "a cat")
        request.webhookURL = webhook
        var origin = Record.Origin(deadline: 60_000)
        origin.call = try Create.call(for: request, by: .single, nonce: origin.submission)
        let record = Record(origin)
        record.sent = 1_000_000_000
        return record
    }

    private func row(_ name: String = "_id", _ value: String = "\"x\"") throws -> Video {
        var members = [
            "_id": "\"x\"", "image_url": "\"https://example.com/a.png\"", "prompt": "\"a cat\"",
            "resolution": "\"720p\"", "create_time": "1000000500",
        ]
        members[name] = value
        let json = members.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",")
        return try #require(Video.read(parse("{\(json)}")))
    }

    @Test func theSamePictureAndPromptAtTheTimeMatch() throws {
        let wanted = try #require(Resemblance(record()))
        #expect(!wanted.isCertain)
        #expect(wanted.matches(try row()))
        for (name, value) in [
            ("prompt", "\"a dog\""), ("image_url", "\"https://example.com/b.png\""),
            ("resolution", "\"1080p\""),
            ("create_time", "1000700000"), ("create_time", "null"), ("prompt", "null"),
        ] { #expect(!wanted.matches(try row(name, value)), "\(name) \(value)") }
        #expect(wanted.isTooOld(try row("create_time", "999000000")))
        #expect(!wanted.isTooOld(try row()))
    }

    @Test func theNonceOfTheWebhookIsCertain() throws {
        let record = try record(webhook: "https://example.com/hook")
        let wanted = try #require(Resemblance(record))
        #expect(wanted.isCertain)
        #expect(!wanted.matches(try row()))
        let hook = "\"https://example.com/hook?i2v_nonce="
        #expect(wanted.matches(try row("webhookUrl", hook + record.origin.submission + "\"")))
        #expect(!wanted.matches(try row("webhookUrl", hook + "0\"")))
    }

    @Test func whatWasNeverSentIsNotLookedFor() throws {
        let record = try record()
        record.sent = nil
        #expect(Resemblance(record) == nil)
    }
}
