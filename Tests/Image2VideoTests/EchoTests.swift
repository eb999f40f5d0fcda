import Foundation
import Testing

@testable import Image2Video

/// A receipt repeats what was sent. Another request's receipt is told by what it repeats, and no service's way of
/// writing the same makes it another's.
@Suite struct EchoTests {
    private static let picture = "https://media.example.com/pictures/a%20cat.png?size=1"

    private func call(
        prompt: String = "A cat walks along a wall, number 7",
        _ change: (inout VideoRequest) -> Void = { _ in }
    ) throws -> APICall {
        var request = VideoRequest(imageURL: Self.picture, prompt: prompt)
        change(&request)
        return try Create.call(for: request, by: request.route(), nonce: "n0123456789")
    }

    private func contradiction(_ call: APICall, _ row: [String: Any]) throws -> String? {
        let bytes = [UInt8](try JSONSerialization.data(withJSONObject: row))
        return try #require(Echo(call)).contradiction(in: try #require(JSON(parsing: bytes)))
    }

    @Test(arguments: [
        "A cat walks along a wall, number 8", "A dog", "number 7", "a", "A cat walks along a wall, number 17",
        "A cat walks along a wall, number 7 and 8", "A cat walks",
    ])
    func anotherPromptIsAnotherRequests(said: String) throws {
        #expect(try contradiction(call(), ["prompt": said, "image_url": Self.picture]) == "prompt")
        #expect(try contradiction(call(), ["prompt": said]) == "prompt")
    }

    @Test(arguments: [
        "", " ", "A cat walks along a wall, number 7", " A  cat walks\nalong a wall , number 7\n",
        "a cat walks along a wall, number 7.", "A cat walks along a wall", "A cat walks along a…", "A cat...",
        "A cat walks along a wall&#44; number 7", "A cat walks along a wall,\\nnumber 7",
    ])
    func theSamePromptMayBeWrittenInOtherWays(said: String) throws {
        #expect(try contradiction(call(), ["prompt": said, "image_url": Self.picture]) == nil)
    }

    @Test(arguments: [
        ("cat 😀 7", "cat \u{fffd} 7"), ("cat 😀 7", "cat ? 7"), ("cat 😀 7", "cat  7"),
        ("cat 😀 7", "cat \u{fffd}"),
        ("猫が走る", "猫が\u{fffd}"), ("Die Möwe", "Die M?we"), ("Die Möwe", "Die M\u{fffd}\u{fffd}we"),
        ("a \"b\" & c", "a &quot;b&quot; &amp; c"),
        ("😀", "anything"), ("cafe\u{301}", "cafe"),
        ("a long prompt of many letters é", "a long prompt of many letters Ã©"),
    ])
    func lostCharactersAreNoOtherPrompt(sent: String, said: String) throws {
        #expect(try contradiction(call(prompt: sent), ["prompt": said, "image_url": Self.picture]) == nil)
    }

    @Test(arguments: [
        ("猫", "犬"), ("猫が走る", "犬が走っている"), ("cat 😀 7", "cat \u{fffd} 8"), ("Möwe", "Wölfe"), ("p1", "p12"),
    ])
    func shortAndForeignPromptsAreToldApart(sent: String, said: String) throws {
        #expect(try contradiction(call(prompt: sent), ["prompt": said]) == "prompt")
    }

    @Test(arguments: [
        "https://media.example.com/pictures/a%20dog.png?size=1",
        "https://media.example.com/other/a%20cat.png",
        "http://MEDIA.example.com:80/pictures/b.png", "https://media.example.com/pictures/a%20cat.png?size=2",
        "https://media.example.com/",
    ])
    func anotherPictureOfTheSameHostIsAnotherRequests(said: String) throws {
        #expect(
            try contradiction(call(), ["image_url": said, "prompt": "A cat walks along a wall, number 7"])
                == "image_url")
    }

    @Test(arguments: [
        "", "https://media.example.com/pictures/a%20cat.png?size=1",
        "http://media.example.com/pictures/a%20cat.png",
        "https://media.example.com:443/pictures/a cat.png?size=1#x", "https://cdn.example.net/0123.png",
        "pictures/1", "://",
        "https://MEDIA.example.com/pictures/a+cat.png",
    ])
    func copiesAndOtherSpellingsAreTheSamePicture(said: String) throws {
        #expect(try contradiction(call(), ["image_url": said]) == nil)
    }

    @Test func whatTheServiceRewritesIsNotCompared() throws {
        let effect = try call { $0.effectCode = "squish_1" }
        let extended = try call { $0.extendPrompt = true }
        for call in [effect, extended] {
            #expect(try contradiction(call, ["prompt": "something else", "image_url": Self.picture]) == nil)
            #expect(try contradiction(call, ["image_url": "https://media.example.com/b.png"]) == "image_url")
        }
        for row: [String: Any] in [
            [:], ["prompt": NSNull(), "image_url": 7], ["prompt": ["x"]], ["file_name": "other"],
        ] {
            #expect(try contradiction(call(), row) == nil)
        }
    }

    @Test func modelsLastPicturesSoundsAndNoncesCount() throws {
        let batch = try call {
            $0.modelName = "seedance-1-0-lite-i2v-250428"
            $0.lastImageURL = "https://media.example.com/last.png"
        }
        #expect(try contradiction(batch, ["model_name": "seedance-1-0-pro"]) == "model_name")
        #expect(try contradiction(batch, ["model_name": "Seedance 1.0 lite"]) == nil)
        #expect(
            try contradiction(batch, ["last_image_url": "https://media.example.com/b.png"])
                == "last_image_url")
        let sound = try Create.audioCall(
            for: "6890830af27dfad2a3e6062d", .custom, "https://media.example.com/a.mp3")
        #expect(try contradiction(sound, ["audio_url": "https://media.example.com/b.mp3"]) == "audio_url")
        #expect(
            try contradiction(sound, ["audio_url": "https://media.example.com/a.mp3", "prompt": "x"]) == nil)
        // The nonce in the webhook's address tells for certain.
        let marked = try call { $0.webhookURL = "https://example.com/hook?a=1" }
        let hook = "https://example.com/hook?a=1&i2v_nonce="
        #expect(try contradiction(marked, ["webhookUrl": hook + "n9876543210"]) == "webhookUrl")
        #expect(try contradiction(marked, ["webhookUrl": hook + "n0123456789#x", "prompt": "a dog"]) == nil)
        #expect(try contradiction(marked, ["webhookUrl": hook + "n01"]) == nil)
    }

    /// The rows of the service's own page are never another's.
    @Test func thePagesSamplesAreTheirOwn() throws {
        for (name, endpoint) in [
            ("create", Endpoint.create), ("batch", .createBatch), ("audio", .updateAudio),
        ] {
            let answer = try Envelope.open(fixture(name + "-answer"), httpStatus: 200)
            let call = APICall(endpoint: endpoint, body: try fixture(name + "-request"))
            let outcomes = Create.outcomes(in: answer, to: call, asked: 3)
            #expect(try outcomes[0].result.get().id != nil)
            // And never a request's with another picture.
            let text = String(decoding: try fixture(name + "-request"), as: UTF8.self)
                .replacingOccurrences(of: "1753772478686-9524", with: "1753772478686-9525")
                .replacingOccurrences(of: "1753772497950-9213", with: "1753772497950-9214")
            let others = Create.outcomes(
                in: answer, to: APICall(endpoint: endpoint, body: Array(text.utf8)), asked: 1)
            guard case .foreign(let video, let error) = others[0] else {
                Issue.record("the answer to \(name) was taken")
                continue
            }
            #expect(video.id != nil)
            #expect(error.status == .outcomeUnknown && error.charge == .possible && !error.isRetryable)
        }
    }

    @Test func ownVideosAreGivenBeforeOthers() throws {
        let own = #"{"_id":"own","prompt":"A cat walks along a wall, number 7"}"#
        for rows in [
            "{\"_id\":\"x\",\"prompt\":\"a dog\"},\(own)",
            "{\"status\":1},\(own),{\"_id\":\"x\",\"prompt\":\"a dog\"}",
        ] {
            let answer = try parse("{\"code\":1000,\"data\":{\"successList\":[\(rows)]}}")
            let outcomes = Create.outcomes(in: answer, to: try call { $0.count = 1 }, asked: 1)
            #expect(try outcomes[0].result.get().id == "own")
            guard case .foreign(let video, _) = outcomes[1] else {
                Issue.record("another's video is not told")
                continue
            }
            #expect(video.id == "x")
        }
    }

    /// A lost create is found by a text that lost characters in the service's list as well, and by no other.
    @Test(arguments: [("a \u{fffd}", true), ("a 😀", true), ("a dog", false), ("a ", false)])
    func lostCreatesAreFoundByDamagedTexts(said: String, isIt: Bool) throws {
        var origin = Record.Origin(deadline: 1)
        origin.call = try call(prompt: "a 😀")
        let record = Record(origin)
        record.sent = 1_700_000_000_000
        let row: [String: Any] = [
            "_id": 7, "image_url": Self.picture, "prompt": said, "create_time": 1_700_000_000_000,
        ]
        let bytes = [UInt8](try JSONSerialization.data(withJSONObject: row))
        let video = try #require(JSON(parsing: bytes).flatMap { Video.read($0) })
        #expect(try #require(Resemblance(record)).matches(video) == isIt)
    }
}
