import Testing

@testable import Image2Video

@Suite struct RequestTests {
    private func request(_ change: (inout VideoRequest) -> Void = { _ in }) -> VideoRequest {
        var request = VideoRequest(imageURL: "https://example.com/a.png", prompt: "turn")
        change(&request)
        return request
    }

    @Test func plainRequestsGoToTheSingleEndpoint() throws {
        #expect(try request().route() == .single)
        #expect(try request { $0.effectCode = "squish_1" }.route() == .single)
        #expect(try request { $0.audioType = .generated }.route() == .single)
        #expect(try request { $0.isPremiumModel = true }.route() == .single)
    }

    @Test func modelLastImageAndCountGoToTheBatchEndpoint() throws {
        #expect(try request { $0.modelName = "a/b.c" }.route() == .batch)
        #expect(try request { $0.lastImageURL = "http://example.com/z.png" }.route() == .batch)
        #expect(try request { $0.count = 1 }.route() == .batch)
        #expect(
            try request {
                $0.count = 3; $0.audioType = AudioType.none; $0.isPremiumModel = false
            }.route() == .batch)
    }

    @Test func whatNoEndpointTakesTogetherNamesTheField() {
        let pairs: [(String, (inout VideoRequest) -> Void)] = [
            (
                "effect_code",
                {
                    $0.modelName = "m"; $0.effectCode = "e"
                }
            ),
            (
                "audio_type",
                {
                    $0.count = 2; $0.audioType = .generated
                }
            ),
            (
                "audio_url",
                {
                    $0.lastImageURL = "http://example.com/z.png"; $0.audioURL = "http://example.com/a.mp3"
                }
            ),
            (
                "is_premium_model",
                {
                    $0.modelName = "m"; $0.isPremiumModel = true
                }
            ),
        ]
        for (field, change) in pairs {
            let error = failure { () throws(I2VError) in try request(change).route() }
            #expect(error.status == .invalidArgument)
            #expect(error.field == field)
            #expect(error.message.contains("no endpoint"))
        }
    }

    @Test(arguments: [
        ("image_url", "not a url"), ("image_url", "ftp://example.com/a"), ("image_url", "/a.png"),
        ("image_url", "https://"), ("image_url", "http://a b/c"), ("image_url", ""),
    ])
    func pictureMustBeAWebAddress(field: String, url: String) {
        let error = failure { () throws(I2VError) in try request { $0.imageURL = url }.route() }
        #expect(error.status == .invalidArgument)
        #expect(error.field == field)
    }

    @Test func missingAndWrongFieldsAreNamed() {
        let cases: [(String, (inout VideoRequest) -> Void)] = [
            ("image_url", { $0.imageURL = nil }), ("prompt", { $0.prompt = nil }),
            ("prompt", { $0.prompt = "" }),
            ("resolution", { $0.resolution = "480p" }), ("resolution", { $0.resolution = "" }),
            ("video_length", { $0.videoLength = 7 }), ("video_length", { $0.videoLength = -1 }),
            ("count", { $0.count = 0 }), ("count", { $0.count = 11 }),
            ("audio_url", { $0.audioType = .custom }),
            (
                "audio_url",
                {
                    $0.audioType = .generated; $0.audioURL = "http://example.com/a.mp3"
                }
            ),
            ("webhookurl", { $0.webhookURL = "example.com" }),
            ("webhookurl", { $0.webhookURL = "https://e.com/" + String(repeating: "x", count: 2048) }),
            ("effect_code", { $0.effectCode = "" }), ("model_name", { $0.modelName = "" }),
            ("deadline", { $0.deadline = 0 }), ("target", { $0.target = "" }),
        ]
        for (field, change) in cases {
            let error = failure { () throws(I2VError) in try request(change).route() }
            #expect(error.status == .invalidArgument, "\(field)")
            #expect(error.field == field)
        }
    }

    @Test func aModelDecidesOnResolutionAndLength() throws {
        #expect(
            try request {
                $0.modelName = "m"; $0.resolution = "768P"; $0.videoLength = 7
            }.route() == .batch)
    }

    @Test func anEffectNeedsNoPrompt() throws {
        #expect(
            try request {
                $0.effectCode = "e"; $0.prompt = nil
            }.route() == .single)
    }

    @Test func theSingleBodyEqualsThePagesSample() throws {
        let sample = try fixtureObject("create-request")
        let wish = request {
            $0.imageURL = sample["image_url"] as? String
            $0.prompt = sample["prompt"] as? String
            $0.negativePrompt = sample["negative_prompt"] as? String
            $0.extendPrompt = true
            $0.resolution = "4k"
            $0.audioURL = sample["audio_url"] as? String
            $0.audioType = .custom
            $0.videoLength = 10
            $0.isPremiumModel = true
            $0.effectCode = sample["effect_code"] as? String
            $0.webhookURL = ""
        }
        let call = try Create.call(for: wish, by: wish.route())
        #expect(call.endpoint == .create)
        #expect(try object(#require(call.body)) == sample)
    }

    @Test func theBatchBodyEqualsThePagesSample() throws {
        let sample = try fixtureObject("batch-request")
        let wish = request {
            $0.imageURL = sample["image_url"] as? String
            $0.prompt = sample["prompt"] as? String
            $0.modelName = sample["model_name"] as? String
            $0.negativePrompt = sample["negative_prompt"] as? String
            $0.extendPrompt = true
            $0.resolution = "720p"
            $0.videoLength = 5
            $0.lastImageURL = sample["last_image_url"] as? String
            $0.count = 3
        }
        let call = try Create.call(for: wish, by: wish.route())
        #expect(call.endpoint == .createBatch)
        #expect(try object(#require(call.body)) == sample)
    }

    @Test func theResultsBodyEqualsThePagesSample() throws {
        let call = try Results.call(for: ["68919a464b4dbdd4ab3d3034", "6891a07f5d612f78c9204f1c"])
        #expect(try object(#require(call.body)) == fixtureObject("results-request"))
    }

    @Test func whatThePageCallsRequiredIsAlwaysSent() throws {
        let wish = request()
        let body = try object(#require(Create.call(for: wish, by: wish.route()).body))
        #expect(body["negative_prompt"] as? String == "")
        #expect(body["resolution"] as? String == "720p")
        #expect(body["audio_type"] as? Int == 3)
        #expect(body["video_length"] as? Int == 5)
        #expect(body.count == 6)
    }
}
