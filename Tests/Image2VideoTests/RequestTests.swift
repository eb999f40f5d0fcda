import Foundation
import Testing

@testable import Image2Video

@Suite struct RequestTests {
    private func request(_ change: (inout VideoRequest) throws -> Void = { _ in }) rethrows -> VideoRequest {
        var request = VideoRequest(imageURL: "https://example.com/a.png", prompt: "turn")
        try change(&request)
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
        let wish = request { _ in }
        let body = try object(#require(Create.call(for: wish, by: wish.route()).body))
        #expect(body["negative_prompt"] as? String == "")
        #expect(body["resolution"] as? String == "720p")
        #expect(body["audio_type"] as? Int == 3)
        #expect(body["video_length"] as? Int == 5)
        #expect(body.count == 6)
    }

    // MARK: Models

    private func model(_ entry: String) throws -> ModelRules {
        let answer = try Envelope.open(Array(#"{"code":1000,"data":[\#(entry)]}"#.utf8), httpStatus: 200)
        return try #require(try Model.list(in: answer).first?.rules)
    }

    private func rules() throws -> ModelRules {
        try model(
            #"""
            {"value":"a/b.c","maxCount":4,"supportedLastFrame":false,"supportedExtendPrompt":false,
             "durationList":[5,10],"generate_audio":null,
             "resolutionList":[{"value":"768P","unit_credit":2.5,"durationList":[6]},{"value":"1080p","unit_credit":4}]}
            """#)
    }

    @Test func aModelsEntryRefusesWhatItDoesNotOffer() throws {
        let rules = try rules()
        let cases: [(String, String, (inout VideoRequest) -> Void)] = [
            ("resolution", "768P, 1080p", { $0.resolution = "720p" }),
            ("video_length", "takes 6", { $0.videoLength = 5 }),
            (
                "video_length", "takes 5, 10",
                {
                    $0.resolution = "1080p"; $0.videoLength = 6
                }
            ),
            ("count", "at most 4", { $0.count = 5 }),
            ("last_image_url", "no last frame", { $0.lastImageURL = "http://e.com/z.png" }),
            ("generate_audio", "no sound", { $0.generateAudio = true }),
            ("extend_prompt", "not extend", { $0.extendPrompt = true }),
        ]
        for (field, words, change) in cases {
            let wish = request {
                $0.setModel(rules)
                change(&$0)
            }
            let error = failure { () throws(I2VError) in try wish.route() }
            #expect(error.field == field)
            #expect(error.message.contains(words) && error.message.contains("a/b.c"), "\(error.message)")
        }
    }

    @Test func whatARequestLeavesOpenComesFromTheModelsEntry() throws {
        let wish = try request { $0.setModel(try rules()) }
        #expect(try wish.route() == .batch)
        let body = try object(#require(try Create.call(for: wish, by: .batch).body))
        #expect(body["resolution"] as? String == "768P")
        #expect(body["video_length"] as? Int == 6)
        #expect(body["model_name"] as? String == "a/b.c")
        #expect(wish.estimate == Estimate(2.5, 15, .model))

        let lowerCase = try request {
            $0.setModel(try rules())
            $0.resolution = "768p"
        }
        #expect(
            try object(#require(try Create.call(for: lowerCase, by: .batch).body))["resolution"] as? String
                == "768P")

        let bare = try request { $0.setModel(try model(#"{"value":"m","resolutionList":[]}"#)) }
        #expect(try object(#require(try Create.call(for: bare, by: bare.route()).body))["resolution"] == nil)
        let refused = try request {
            $0.setModel(try model(#"{"value":"m","resolutionList":[]}"#))
            $0.resolution = "720p"
        }
        #expect(failure { () throws(I2VError) in try refused.route() }.field == "resolution")
    }

    @Test func anotherNameLeavesTheModelsEntryBehind() throws {
        let wish = try request {
            $0.setModel(try rules())
            $0.modelName = "other"
            $0.videoLength = 7
        }
        #expect(wish.model == nil)
        #expect(try wish.route() == .batch)
    }

    @Test func shotsAreCounted() throws {
        let shots = [
            VideoRequest.Shot(prompt: "left", duration: 2), VideoRequest.Shot(prompt: "right", duration: 4),
        ]
        let wish = request {
            $0.modelName = "m"
            $0.multiPrompt = shots
            $0.generateAudio = true
        }
        #expect(try wish.route() == .batch)
        let body = try object(#require(try Create.call(for: wish, by: .batch).body))
        #expect(body["video_length"] as? Int == 6)
        #expect(body["generate_audio"] as? Bool == true)
        #expect(
            body["multi_prompt"] as? [NSDictionary] == [
                ["duration": 2, "prompt": "left"], ["duration": 4, "prompt": "right"],
            ])
        let wrongs: [(inout VideoRequest) -> Void] = [
            { $0.videoLength = 5 },
            { $0.multiPrompt = Array(repeating: shots[0], count: 6) },
            { $0.multiPrompt.append(VideoRequest.Shot(prompt: "", duration: 1)) },
            { $0.multiPrompt.append(VideoRequest.Shot(prompt: "x", duration: 0)) },
        ]
        for change in wrongs {
            var wrong = wish
            change(&wrong)
            #expect(failure { () throws(I2VError) in try wrong.route() }.field == "multi_prompt")
        }
        let single = request {
            $0.multiPrompt = shots
            $0.effectCode = "e"
        }
        #expect(failure { () throws(I2VError) in try single.route() }.field == "effect_code")
    }

    // MARK: Estimates

    @Test(
        arguments: [
            ("720p", 5, 20), ("720p", 10, 40), ("1080p", 5, 25), ("1080p", 10, 50), ("4k", 5, 30),
            ("4k", 10, 60),
        ] as [(String, Int64, Double)])
    func thePagesPriceTable(resolution: String, seconds: Int64, credits: Double) {
        let wish = request {
            $0.resolution = resolution
            $0.videoLength = seconds
        }
        #expect(wish.estimate == Estimate(credits / 5, credits * 5, .page))
        var several = wish
        several.count = 3
        #expect(several.estimate == Estimate(3 * (credits / 5), 3 * (credits * 5), .page))
    }

    @Test func whatNoTableListsCountsAsTheNextDearer() {
        let wish = request {
            $0.modelName = "m"
            $0.resolution = "768P"
            $0.videoLength = 6
        }
        #expect(wish.estimate == Estimate(12, 300, .page))
        // The page has 5 credits for 5 s of new sound and 10 for 10 s; the length is not known.
        #expect(Estimate.sound == Estimate(1, 50, .page))
    }

    @Test func soundCostsItsShare() throws {
        let rules = try model(
            #"{"value":"m","unit_credit":2,"generate_audio":{"required":false,"extra_credit_multiplier":0.5}}"#
        )
        let silent = request { $0.setModel(rules) }
        #expect(silent.estimate == Estimate(2, 10, .model))
        let loud = request {
            $0.setModel(rules)
            $0.generateAudio = true
        }
        #expect(loud.estimate == Estimate(3, 15, .model))
        #expect(try loud.route() == .batch)
        for price in ["-1", "0", "-0.0", "1e300", "1000001", "\"x\"", "null", "[2]", "true"] {
            let odd = try request { $0.setModel(try model(#"{"value":"m","unit_credit":\#(price)}"#)) }
            #expect(odd.estimate == Estimate(6, 150, .page), "\(price)")
        }
    }

    /// Numbers that only a list, or a Swift host, can come up with.
    @Test func noNumberOfAListOrAHostTraps() throws {
        for seconds in [Int64.max, .min, 0, -1, 3601] {
            for price in ["", #","unit_credit":7"#, #","unit_credit":9223372036854775807"#] {
                let rules = try model(#"{"value":"m","durationList":[\#(seconds)]\#(price)}"#)
                let wish = request { $0.setModel(rules) }
                #expect(
                    wish.estimate.low > 0 && wish.estimate.high <= 150 * 720
                        && wish.estimate.low <= wish.estimate.high)
                _ = failure { () throws(I2VError) in try wish.route() }
            }
            let asked = request { $0.videoLength = seconds }
            #expect(asked.estimate.high >= asked.estimate.low && asked.estimate.low >= 4)
        }
        for durations in [[Int64.max, .max], [.min, .min, .min], [.max, .min]] {
            let wish = request {
                $0.modelName = "m"
                $0.multiPrompt = durations.map { VideoRequest.Shot(prompt: "x", duration: $0) }
            }
            #expect(wish.estimate.low > 0)
            #expect(failure { () throws(I2VError) in try wish.route() }.status == .invalidArgument)
        }
        for count in [Int64.min, -1, 0] {
            #expect(request { $0.count = count }.estimate == request { $0.count = 1 }.estimate)
        }
        #expect(request { $0.count = .max }.estimate.high.isFinite)
    }

    // MARK: Kinds with a price of their own

    @Test func whatThePriceHangsOnMakesAKind() throws {
        let plain = request { _ in }
        let alike: [(inout VideoRequest) -> Void] = [
            { $0.prompt = "other" }, { $0.imageURL = "http://e.com/other" },
            { $0.webhookURL = "http://e.com/hook" },
            { $0.negativePrompt = "x" }, { $0.extendPrompt = true }, { $0.target = "/tmp/x" },
            { $0.videoLength = 5 },
            { $0.audioType = AudioType.none }, { $0.isPremiumModel = false }, { $0.imageURL = nil },
        ]
        for change in alike { #expect(request(change).priceKind == plain.priceKind) }
        let unlike: [(inout VideoRequest) -> Void] = [
            { $0.resolution = "4k" }, { $0.videoLength = 10 }, { $0.audioType = .generated },
            { $0.effectCode = "e" },
            { $0.isPremiumModel = true }, { $0.modelName = "m" }, { $0.count = 1 },
            { $0.audioURL = "http://e.com/a" },
        ]
        let kinds = unlike.map { request($0).priceKind }
        for (index, kind) in kinds.enumerated() {
            #expect(kind != nil && kind != plain.priceKind && !kinds[..<index].contains(kind))
        }
        // One of a batch is of the kind of any other, and silence is silence.
        let several = request { $0.count = 7 }
        #expect(several.priceKind == request { $0.count = 1 }.priceKind)
        let loud = request { $0.generateAudio = true }
        #expect(loud.priceKind != several.priceKind)
        #expect(request { $0.generateAudio = false }.priceKind == several.priceKind)
        // No endpoint takes these together.
        let impossible = request {
            $0.modelName = "m"
            $0.effectCode = "e"
        }
        #expect(impossible.priceKind == nil)
    }
}
