import Foundation
import Testing

@testable import Image2Video

/// Credentials, spending, expiry and webhooks: what surrounds the making of videos, through the real
/// transport.
@Suite(.serialized) struct AccountTests {
    private let wish = VideoRequest(imageURL: "https://e.com/a.png", prompt: "x")

    private func client(
        _ server: LoopbackServer, _ change: (inout Configuration) -> Void = { _ in }
    ) throws -> Client {
        var configuration = Configuration()
        configuration.apiKey = "key"
        configuration.baseURL = server.url
        configuration.pollInterval = try PollInterval(floor: 10, ceiling: 40)
        change(&configuration)
        return try Client.start(configuration)
    }

    private func withLogin(_ configuration: inout Configuration) {
        configuration.apiKey = nil
        configuration.clientID = "the-id"
        configuration.clientSecret = "the-secret-secret"
    }

    // MARK: Credentials

    /// Issues token-of-client-1, token-of-client-2 and so on; a request with one that `refuses` names is refused.
    private func issuing(refuses: @escaping @Sendable (String) -> Bool) -> LoopbackServer {
        let issued = Counter()
        return LoopbackServer { request, _ in
            if request.path.hasSuffix("/getToken") {
                return .json(#"{"code":1000,"token":"token-of-client-\#(issued.next())"}"#)
            }
            let token = request.headers["authorization"] ?? ""
            if refuses(token) { return .json(#"{"code":1101,"msg":"expired \#(token)"}"#) }
            if request.path.hasSuffix("createBySourcePrompt") {
                return .json(#"{"code":1000,"data":{"_id":"x","status":1,"deduction_credit":20}}"#)
            }
            return .json(#"{"code":1000,"data":{"credit":5,"echo":"\#(token) the-secret-secret"}}"#)
        }
    }

    @Test func aTokenIsFetchedOnceAndKept() throws {
        let server = issuing { _ in false }
        defer { server.stop() }
        let client = try client(server, withLogin)
        let queries = try (0..<5).map { _ in try client.ask(.credits) }
        for query in queries {
            let answer = try query.wait()
            #expect(answer.credit == 5)
            #expect(
                !answer.json[0].text.contains("token-of-client-1")
                    && !answer.json[0].text.contains("the-secret-secret"))
        }
        _ = try client.ask(.credits).wait()
        let logins = server.requests.filter { $0.path.hasSuffix("/getToken") }
        #expect(logins.count == 1)
        #expect(try object(logins[0].body) == ["clientId": "the-id", "clientSecret": "the-secret-secret"])
        #expect(logins[0].headers["authorization"] == nil && logins[0].headers["x-api-key"] == nil)
        for request in server.requests where !request.path.hasSuffix("/getToken") {
            #expect(request.headers["authorization"] == "Bearer token-of-client-1")
            #expect(request.headers["x-api-key"] == nil)
        }
        try client.close()
    }

    @Test func anExpiredTokenIsRenewedOnce() throws {
        let server = issuing { $0 == "Bearer token-of-client-1" }
        defer { server.stop() }
        let client = try client(server, withLogin)
        // Refused for its token, a create was not acted on: it goes out again.
        let job = try client.submit(wish)
        for _ in 0..<12_000 where job.id == nil { Thread.sleep(forTimeInterval: 0.005) }
        #expect(job.id == "x")
        let creates = server.requests.filter { $0.path.hasSuffix("createBySourcePrompt") }
        #expect(
            creates.map { $0.headers["authorization"] } == [
                "Bearer token-of-client-1", "Bearer token-of-client-2",
            ])
        #expect(try client.ask(.credits).wait().credit == 5)
        #expect(server.requests.filter { $0.path.hasSuffix("/getToken") }.count == 2)
        try client.close()
    }

    @Test func aCreateNobodyWantsIsNotRenewed() throws {
        let (gate, refused) = (Counter(), Counter())
        let server = LoopbackServer { request, _ in
            if request.path.hasSuffix("/getToken") {
                return .json(#"{"code":1000,"token":"token-of-client-1"}"#)
            }
            _ = refused.next()
            for _ in 0..<12_000 where gate.value == 0 { Thread.sleep(forTimeInterval: 0.005) }
            return .json(#"{"code":1101}"#)
        }
        defer { server.stop() }
        let client = try client(server, withLogin)
        let job = try client.submit(wish)
        for _ in 0..<12_000 where refused.value == 0 { Thread.sleep(forTimeInterval: 0.005) }
        try job.cancel()
        let error = failure { () throws(I2VError) in try job.wait(timeout: Bound.hang) }
        #expect(error.status == .outcomeUnknown)
        #expect(try client.spending().reserved == 100)
        _ = gate.next()
        for _ in 0..<12_000 where try client.spending().reserved > 0 { Thread.sleep(forTimeInterval: 0.005) }
        // The refusal tells that nothing was taken; a second create would have taken it.
        #expect(try client.spending() == (0, 0))
        #expect(server.requests.count == 2)
        try client.close()
    }

    @Test func aBatchLeavesWithoutWhatWasCancelledBefore() throws {
        let gate = Counter()
        let server = LoopbackServer { request, _ in
            if request.path.hasSuffix("/getToken") {
                for _ in 0..<12_000 where gate.value == 0 { Thread.sleep(forTimeInterval: 0.005) }
                return .json(#"{"code":1000,"token":"token-of-client-1"}"#)
            }
            return .json(#"{"code":1000,"data":{"successList":[{"_id":"a"},{"_id":"b"}],"errorList":[]}}"#)
        }
        defer { server.stop() }
        let client = try client(server, withLogin)
        var several = wish
        several.count = 3
        let jobs = try client.submitBatch(several)
        try jobs[0].cancel()
        let error = failure { () throws(I2VError) in try jobs[0].wait(timeout: Bound.hang) }
        #expect((error.status, error.charge) == (.cancelled, .none))
        _ = gate.next()
        for _ in 0..<12_000 where jobs[2].id == nil { Thread.sleep(forTimeInterval: 0.005) }
        #expect(jobs.map(\.id) == [nil, "a", "b"])
        let create = try #require(server.requests.first { $0.path.hasSuffix("/batch") })
        #expect(JSON(parsing: create.body)?["count"]?.integer == 2)
        try client.close()
    }

    @Test func questionsCostNothing() throws {
        for reply in [
            LoopbackServer.Reply.json(#"{"code":1015}"#), .close, .json("<html>", 500), .json("[]"),
        ] {
            let server = LoopbackServer { _, _ in reply }
            defer { server.stop() }
            let client = try client(server)
            let error = failure { () throws(I2VError) in try client.ask(.credits, timeout: 300).wait() }
            #expect(error.charge == .none)
            try client.close()
        }
    }

    @Test func aTokenThatStaysRefusedIsAnError() throws {
        let server = issuing { _ in true }
        defer { server.stop() }
        let client = try client(server, withLogin)
        let error = failure { () throws(I2VError) in try client.ask(.credits).wait() }
        #expect(error.status == .auth)
        #expect(error.serviceCode == 1101)
        #expect(!error.message.contains("token-of-client-2"))
        #expect(server.requests.filter { $0.path.hasSuffix("/getToken") }.count == 2)
        try client.close()
    }

    @Test func aFailedLoginSendsNothingElse() throws {
        for (reply, status) in [
            (#"{"code":1109,"msg":"no such the-secret-secret"}"#, Status.auth),
            (#"{"code":1000}"#, .protocol),
            (#"{"code":1000,"token":"a\nb"}"#, .protocol),
        ] {
            let server = LoopbackServer { _, _ in .json(reply) }
            defer { server.stop() }
            let client = try client(server, withLogin)
            let error = failure { () throws(I2VError) in try client.submit(wish).wait(timeout: Bound.hang) }
            #expect(error.status == status)
            #expect(error.charge == .none)
            #expect(
                !error.message.contains("the-secret-secret")
                    && error.json?.contains("the-secret-secret") != true)
            #expect(server.requests.allSatisfy { $0.path.hasSuffix("/getToken") })
            #expect(try client.spending().reserved == 0)
            try client.close()
        }
    }

    @Test func exactlyOneCredentialIsTaken() {
        let keys: [WritableKeyPath<Configuration, String?>] = [\.apiKey, \.bearerToken, \.clientSecret]
        for first in keys {
            for second in keys where first != second {
                var configuration = Configuration()
                configuration.clientID = "id"
                configuration[keyPath: first] = "a"
                configuration[keyPath: second] = "b"
                #expect(
                    failure { () throws(I2VError) in try configuration.validate() }.status == .invalidArgument
                )
            }
        }
        var lonely = Configuration()
        lonely.clientSecret = "s"
        #expect(failure { () throws(I2VError) in try lonely.validate() }.field == "client_id")
        #expect(failure { () throws(I2VError) in try Configuration().validate() }.field == "api_key")
    }

    @Test func theEnvironmentIsReadWhenAsked() throws {
        let names = ["AKOOL_API_KEY", "AKOOL_CLIENT_ID", "AKOOL_CLIENT_SECRET", "AKOOL_BASE_URL"]
        let before = names.map { ProcessInfo.processInfo.environment[$0] }
        defer {
            for (name, value) in zip(names, before) {
                value.map { _ = setenv(name, $0, 1) }
                    ?? {
                        unsetenv(name); return
                    }()
            }
        }
        for name in names { unsetenv(name) }
        var configuration = Configuration()
        try configuration.loadEnvironment()
        #expect(configuration.secrets.isEmpty)
        setenv("AKOOL_CLIENT_ID", "id", 1)
        #expect(
            failure { () throws(I2VError) in try configuration.loadEnvironment() }.field == "client_secret")
        setenv("AKOOL_CLIENT_SECRET", "secret", 1)
        setenv("AKOOL_BASE_URL", "http://127.0.0.1:1/x", 1)
        try configuration.loadEnvironment()
        #expect((configuration.clientID, configuration.clientSecret) == ("id", "secret"))
        #expect(configuration.baseURL == "http://127.0.0.1:1/x")
        setenv("AKOOL_API_KEY", "k", 1)
        var other = Configuration()
        try other.loadEnvironment()
        #expect(other.secrets == ["k"])
    }

    // MARK: Spending

    /// Creates for `price`, and lists every video as finished for `final`.
    private func charging(_ price: Int, final: Int) -> LoopbackServer {
        let made = Counter()
        return LoopbackServer { request, _ in
            if request.path.hasSuffix("resultsByIds") {
                let ids = QueryTests.ids(request)
                let rows = ids.map {
                    #"{"_id":"\#($0)","status":3,"deduction_credit":\#(final),"video_url":"http://127.0.0.1:1/v"}"#
                }
                return .json(#"{"code":1000,"data":{"result":[\#(rows.joined(separator: ","))]}}"#)
            }
            return .json(
                #"{"code":1000,"data":{"_id":"v\#(made.next())","status":1,"deduction_credit":\#(price)}}"#)
        }
    }

    @Test func theBudgetRefusesBeforeAnythingIsSent() throws {
        let server = charging(4, final: 4)
        defer { server.stop() }
        let client = try client(server) { $0.maxCredits = 143 }
        let first = try client.submit(wish)
        // 100 are set aside, or 4 were taken; then 300 more would pass.
        var dear = wish
        dear.resolution = "4k"
        dear.videoLength = 10
        let error = failure { () throws(I2VError) in try client.submit(dear) }
        #expect(error.status == .budget)
        #expect(error.field == "max_credits")
        #expect(error.message.contains("143") && error.message.contains("300"))
        try first.wait(timeout: Bound.hang)
        #expect(try client.spending() == (4, 0))
        // What is attached was paid for elsewhere, and is never refused.
        try client.attach("elsewhere").wait(timeout: Bound.hang)
        #expect(try client.spending() == (4, 0))
        #expect(server.requests.filter { !$0.path.hasSuffix("resultsByIds") }.count == 1)
        try client.close()
    }

    @Test func theServicesLastWordOnAPriceCounts() throws {
        let server = charging(20, final: 5)
        defer { server.stop() }
        let client = try client(server)
        for _ in 0..<3 { try client.submit(wish).wait(timeout: Bound.hang) }
        #expect(try client.spending() == (15, 0))
        try client.close()
    }

    @Test func whatMayHaveBeenTakenStaysSetAside() throws {
        for (reply, reserved) in [
            (LoopbackServer.Reply.json(#"{"code":1006}"#), 0.0), (.json(#"{"code":1003}"#), 0),
            (.json(#"{"code":1015}"#), 100), (.close, 100), (.json("<html>", 502), 100),
        ] {
            let server = LoopbackServer { _, _ in reply }
            defer { server.stop() }
            let client = try client(server)
            _ = failure { () throws(I2VError) in try client.submit(wish).wait(timeout: Bound.hang) }
            #expect(try client.spending() == (0, reserved))
            try client.close()
        }
    }

    @Test func aHostilePriceDoesNotCount() throws {
        for price in ["-50", "1e300", "1e12", "1000001", "\"nan\"", "null", "{}"] {
            let server = LoopbackServer { _, _ in
                .json(
                    #"{"code":1000,"data":{"_id":"x","status":3,"deduction_credit":\#(price),"video":"http://127.0.0.1:1/v"}}"#
                )
            }
            defer { server.stop() }
            let client = try client(server)
            try client.submit(wish).wait(timeout: Bound.hang)
            #expect(try client.spending() == (100, 0))
            try client.close()
        }
    }

    // MARK: Expiry

    private func finishedVideo(createdBefore age: Int64, _ server: String, status: Int = 3) -> String {
        let created = Int64(Date().timeIntervalSince1970 * 1000) - age
        return
            #"{"code":1000,"data":{"result":[{"_id":"old","status":\#(status),"create_time":\#(created),"video_url":"\#(server)/v.mp4"}]}}"#
    }

    @Test func aFinishedVideoThatIsAboutToGoIsToldOnce() throws {
        let day: Int64 = 86_400_000
        let warned = Counter()
        let answers = Answers()
        let server = LoopbackServer { request, _ in
            request.path.hasSuffix("resultsByIds") ? .json(answers.next) : .answer(200, [:], [1, 2, 3])
        }
        defer { server.stop() }
        answers.next = finishedVideo(createdBefore: 7 * day - 3_600_000, server.url)
        let client = try client(server) {
            $0.expiryWarning = ExpiryWarning(span: day) { id, remaining in
                #expect(id == "old")
                #expect((3_500_000...3_600_000).contains(remaining))
                _ = warned.next()
            }
        }
        let job = try client.attach("old")
        try job.wait(timeout: Bound.hang)
        #expect((3_500_000...3_600_000).contains(job.video?.remainingTime ?? 0))
        try client.dispatch(timeout: 1_000)
        #expect(warned.value == 1)
        // A young one is not worth a word, and a saved one neither.
        answers.next = finishedVideo(createdBefore: day, server.url)
        try client.attach("old").wait(timeout: Bound.hang)
        let scratch = Scratch()
        answers.next = finishedVideo(createdBefore: 7 * day - 3_600_000, server.url)
        let target = Target(path: scratch.file("v"), replace: false)
        try client.attach("old", target: target).wait(timeout: Bound.hang)
        try client.close()
        #expect(warned.value == 1)
    }

    @Test func anExpiredVideoHasAnErrorOfItsOwn() throws {
        let answers = Answers()
        let server = LoopbackServer { request, _ in
            request.path.hasSuffix("resultsByIds") ? .json(answers.next) : .json("gone", 404)
        }
        defer { server.stop() }
        let client = try client(server)
        let scratch = Scratch()
        let target = Target(path: scratch.file("v"), replace: false)
        answers.next = finishedVideo(createdBefore: 8 * 86_400_000, server.url)
        let late = failure { () throws(I2VError) in
            try client.attach("old", target: target).wait(timeout: Bound.hang)
        }
        #expect(late.status == .videoExpired)
        #expect(late.httpStatus == 404)
        answers.next = finishedVideo(createdBefore: 86_400_000, server.url)
        let young = failure { () throws(I2VError) in
            try client.attach("old", target: target).wait(timeout: Bound.hang)
        }
        #expect(young.status == .videoGone)
        try client.close()
    }

    // MARK: Webhooks

    @Test func aWebhookBringsTheLookForward() throws {
        let looks = Counter()
        let id = "6891abe782f7cd2a890c44ba"
        let server = LoopbackServer { request, _ in
            guard request.path.hasSuffix("resultsByIds") else {
                return .json(#"{"code":1000,"data":{"_id":"\#(id)","status":1}}"#)
            }
            _ = looks.next()
            return .json(
                #"{"code":1000,"data":{"result":[{"_id":"\#(id)","status":3,"video_url":"http://127.0.0.1:1/v"}]}}"#
            )
        }
        defer { server.stop() }
        let client = try client(server) {
            $0.pollInterval = try! PollInterval(floor: 60_000, ceiling: 60_000)
        }
        let job = try client.submit(wish)
        for _ in 0..<12_000 where job.id == nil { Thread.sleep(forTimeInterval: 0.005) }
        #expect(looks.value == 0)
        #expect(try #require(job.expectedTime) > 20_000)
        let vector = WebhookTests.a
        let event = try Webhook.open(
            vector.body, clientID: vector.clientID, clientSecret: vector.clientSecret)
        try client.notify(event)
        try job.wait(timeout: Bound.hang)
        #expect(looks.value == 1)
        try client.notify(event)
        try client.close()
        #expect(failure { () throws(I2VError) in try client.notify(event) }.status == .closed)
    }
}

/// What a server answers next, set from outside.
final class Answers: @unchecked Sendable {
    private let lock = NSLock()
    private var text = ""

    var next: String {
        get { lock.withLock { text } }
        set { lock.withLock { text = newValue } }
    }
}
