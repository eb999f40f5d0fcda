import Foundation
import Testing

@testable import Image2Video

/// Questions to the service, through the real transport.
@Suite(.serialized) struct QueryTests {
    private func client(_ server: LoopbackServer, listSize: Int64 = 50) throws -> Client {
        var configuration = Configuration()
        configuration.apiKey = "key"
        configuration.baseURL = server.url
        configuration.pollInterval = try PollInterval(floor: 10, ceiling: 40)
        configuration.pollListSize = listSize
        return try Client.start(configuration)
    }

    static func ids(_ request: LoopbackServer.Request) -> [String] {
        let body = (try? JSONSerialization.jsonObject(with: Data(request.body))) as? [String: String]
        return (body?["_ids"] ?? "").components(separatedBy: ",")
    }

    /// Lists every id but "gone", and refuses lists longer than `cap`.
    private func listing(cap: Int) -> LoopbackServer {
        LoopbackServer { request, _ in
            let ids = Self.ids(request)
            guard ids.count <= cap else { return .json(#"{"code":1003,"msg":"too many ids"}"#) }
            let rows = ids.filter { $0 != "gone" }.reversed().map { #"{"_id":"\#($0)","status":2}"# }
            return .json(#"{"code":1000,"data":{"result":[\#(rows.joined(separator: ","))]}}"#)
        }
    }

    @Test func resultsComeInTheOrderAskedAndMissingOnesAreNil() throws {
        let server = listing(cap: 100)
        defer { server.stop() }
        let client = try client(server)
        let answer = try client.ask(.results(["b", "gone", "a"])).wait()
        #expect(answer.videos.map { $0?.id } == ["b", nil, "a"])
        try client.close()
    }

    @Test func longListsAreSplitAndTheServicesCapIsRemembered() throws {
        let server = listing(cap: 10)
        defer { server.stop() }
        let client = try client(server)
        let ids = (0..<95).map { "id\($0)" }
        let answer = try client.ask(.results(ids)).wait()
        #expect(answer.videos.map { $0?.id } == ids)
        let first = server.requests.count
        _ = try client.ask(.results(Array(ids.prefix(12)))).wait()
        #expect(server.requests.count - first <= 3)
        #expect(answer.json.count >= 10)
        try client.close()
    }

    @Test func pollsShrinkTheirListsToo() throws {
        let server = LoopbackServer { request, _ in
            guard request.path.hasSuffix("resultsByIds") else {
                let rows = (0..<10).map { #"{"_id":"id\#($0)","status":1}"# }.joined(separator: ",")
                return .json(#"{"code":1000,"data":{"successList":[\#(rows)],"errorList":[]}}"#)
            }
            let ids = Self.ids(request)
            guard ids.count <= 3 else { return .json(#"{"code":1003,"msg":"too many ids"}"#) }
            let rows = ids.map { #"{"_id":"\#($0)","status":3,"video_url":"http://127.0.0.1:1/v"}"# }
            return .json(#"{"code":1000,"data":{"result":[\#(rows.joined(separator: ","))]}}"#)
        }
        defer { server.stop() }
        let client = try client(server)
        var wish = VideoRequest(imageURL: "https://e.com/a.png", prompt: "x")
        wish.count = 10
        for job in try client.submitBatch(wish) { try job.wait(timeout: Bound.hang) }
        #expect(server.requests.allSatisfy { !$0.path.hasSuffix("resultsByIds") || Self.ids($0).count <= 10 })
        try client.close()
    }

    @Test func effectsAndModelsAndCredits() throws {
        let server = LoopbackServer { request, _ in
            if request.path.hasSuffix("/effects") {
                return .json(
                    #"{"code":1000,"data":{"result":[{"effect_code":"s_1","name":"Squish","x":[1]}],"count":1}}"#
                )
            }
            if request.path.contains("/aigModel/list?types%5B%5D=1501") {
                return .json(
                    #"""
                    {"code":1000,"data":[
                      {"value":"a/b","sort":1,"resolutionList":[]},
                      {"value":"c.d","sort":9,"maxCount":4,"generate_audio":{"type":"bool"},"supportedLastFrame":true,
                       "durationList":[5,"10"],
                       "resolutionList":[{"value":"768P","unit_credit":2.5,"durationList":[6]},{"label":"1280x720"}]},
                      {"value":"e","sort":1,"generate_audio":null}]}
                    """#)
            }
            return .json(#"{"code":1000,"data":{"credit":12.5}}"#)
        }
        defer { server.stop() }
        let client = try client(server)
        let effects = try client.ask(.effects).wait().effects
        #expect(effects.map(\.code) == ["s_1"])
        #expect(effects[0].json["x"]?.count == 1)
        let models = try client.ask(.models(type: 1501)).wait().models
        #expect(models.map(\.value) == ["c.d", "a/b", "e"])
        #expect(models[0].durations == [5, 10])
        #expect(models[0].resolutions.map(\.value) == ["768P", "1280x720"])
        #expect(models[0].resolutions[0].unitCredit == 2.5)
        #expect(models[0].resolutions[0].durations == [6])
        #expect(models[0].makesAudio && !models[2].makesAudio)
        #expect(try client.ask(.credits).wait().credit == 12.5)
        #expect(server.requests.allSatisfy { $0.method == "GET" && $0.body.isEmpty })
        try client.close()
    }

    @Test func readsAreTriedAgainAndRefusalsAreNot() throws {
        let server = LoopbackServer { _, number in
            number < 2 ? .json("<html>", 502) : .json(#"{"code":1000,"data":{"credit":1}}"#)
        }
        defer { server.stop() }
        let one = try client(server)
        #expect(try one.ask(.credits).wait().credit == 1)
        #expect(server.requests.count == 3)
        try one.close()

        let refusing = LoopbackServer { _, _ in .json(#"{"code":1109}"#) }
        defer { refusing.stop() }
        let other = try client(refusing)
        #expect(failure { () throws(I2VError) in try other.ask(.effects).wait() }.status == .auth)
        #expect(refusing.requests.count == 1)
        try other.close()
    }

    @Test func aQueryEndsByItsDeadlineByCancellingAndWithItsClient() throws {
        let server = LoopbackServer { _, _ in .hang }
        defer { server.stop() }
        let client = try client(server)
        let late = try client.ask(.credits, timeout: 100)
        #expect(failure { () throws(I2VError) in try late.wait() }.status == .deadline)
        let cancelled = try client.ask(.credits)
        try cancelled.cancel()
        #expect(failure { () throws(I2VError) in try cancelled.wait() }.status == .cancelled)
        let ends = Counter()
        let last = try client.ask(.credits) { _ in _ = ends.next() }
        #expect(failure { () throws(I2VError) in try last.wait(timeout: 20) }.status == .timeout)
        try client.close()
        #expect(ends.value == 1)
        #expect(last.error?.status == .cancelled)
        #expect(failure { () throws(I2VError) in try client.ask(.credits) }.status == .closed)
    }

    @Test func whatWasNeverSavedIsNotDeletedUnlessForced() throws {
        let server = LoopbackServer { request, _ in
            if request.path.hasSuffix("delbyids") {
                return .json(
                    #"{"code":1000,"data":{"successIds":["x"],"noPermissionItems":[{"_id":"y","msg":"busy"}]}}"#
                )
            }
            if request.path.hasSuffix("resultsByIds") {
                return .json(
                    #"{"code":1000,"data":{"result":[{"_id":"x","status":3,"video_url":"http://127.0.0.1:1/v"}]}}"#
                )
            }
            return .json(#"{"code":1000,"data":{"_id":"x","status":1}}"#)
        }
        defer { server.stop() }
        let client = try client(server)
        try client.submit(VideoRequest(imageURL: "https://e.com/a.png", prompt: "x")).wait()
        let refused = failure { () throws(I2VError) in try client.ask(.delete(["y", "x"])) }
        #expect(refused.status == .invalidState)
        #expect(refused.message.contains("x"))
        let answer = try client.forceDelete(["y", "x", "z"]).wait()
        #expect(answer.deletions.map(\.refusal) == ["busy", nil, "the service did not mention the id"])
        try client.close()
    }

    @Test func idsThatWouldBreakAListAreRefused() throws {
        let server = listing(cap: 1)
        defer { server.stop() }
        let client = try client(server)
        for ids in [[], [""], ["a,b"], ["a b"], ["a", "b\n"]] {
            #expect(failure { () throws(I2VError) in try client.ask(.results(ids)) }.field == "ids")
        }
        #expect(failure { () throws(I2VError) in try client.attach("a,b") }.field == "id")
        try client.close()
    }

    @Test func anAttachedVideoIsFollowedAndSaved() throws {
        let video = [UInt8](repeating: 7, count: 5_000)
        let server = LoopbackServer { request, number in
            guard request.path.hasSuffix("resultsByIds") else {
                return .answer(200, ["Content-Type": "video/mp4"], video)
            }
            let host = request.headers["host"] ?? ""
            let state = number < 2 ? #""status":2"# : #""status":3,"video_url":"http://\#(host)/v.mp4""#
            return .json(#"{"code":1000,"data":{"result":[{"_id":"old",\#(state)}]}}"#)
        }
        defer { server.stop() }
        let scratch = Scratch()
        let client = try client(server)
        let job = try client.attach("old", target: Target(path: scratch.file("v.mp4"), replace: false))
        try job.wait(timeout: Bound.hang)
        #expect(job.id == "old")
        #expect(job.receipt == nil)
        #expect(scratch.names == ["v.mp4"])
        try client.close()
    }

    @Test func newSoundMakesANewVideo() throws {
        let server = LoopbackServer { request, _ in
            request.path.hasSuffix("updateVideoAudio")
                ? .json(
                    #"{"code":1000,"data":{"_id":"new","pre_video_id":"old","status":1,"only_add_audio":true}}"#
                )
                : .json(
                    #"{"code":1000,"data":{"result":[{"_id":"new","status":3,"video_url":"http://127.0.0.1:1/v"}]}}"#
                )
        }
        defer { server.stop() }
        let client = try client(server)
        for (type, url, field) in [
            (AudioType.none, nil, "audio_type"), (.custom, nil, "audio_url"), (.custom, "x", "audio_url"),
            (.generated, "https://e.com/a.mp3", "audio_url"),
        ] {
            #expect(
                failure { () throws(I2VError) in try client.updateAudio(of: "old", type: type, url: url) }
                    .field == field)
        }
        let job = try client.updateAudio(of: "old", type: .custom, url: "https://e.com/a.mp3")
        try job.wait()
        #expect(job.id == "new")
        #expect(job.receipt?.text("pre_video_id") == "old")
        let body = try object(server.requests[0].body)
        #expect(body == ["pre_video_id": "old", "audio_type": 2, "audio_url": "https://e.com/a.mp3"])
        try client.close()
    }

    @Test func cancelledCreatesOnTheWireHoldNobodyUp() throws {
        let server = LoopbackServer { _, number in number < 8 ? .hang : .json(#"{"code":1006}"#) }
        defer { server.stop() }
        let client = try client(server)
        let request = VideoRequest(imageURL: "https://e.com/a.png", prompt: "x")
        let stuck = try (0..<8).map { _ in try client.submit(request) }
        for _ in 0..<12_000 where server.requests.count < 8 { Thread.sleep(forTimeInterval: 0.005) }
        #expect(server.requests.count == 8)
        for job in stuck { try job.cancel() }
        #expect(
            failure { () throws(I2VError) in try client.submit(request).wait(timeout: Bound.hang) }.status
                == .quota)
        try client.close()
    }
}
