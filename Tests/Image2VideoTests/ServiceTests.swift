import Foundation
import Testing

@testable import Image2Video

@Suite struct ServiceTests {
    private func open(_ text: String, _ httpStatus: Int32 = 200) throws(I2VError) -> JSON {
        try Envelope.open(Array(text.utf8), httpStatus: httpStatus)
    }

    private func receive(in answer: JSON, of endpoint: Endpoint, asked: Int) -> [Result<Video, I2VError>] {
        Create.outcomes(in: answer, to: APICall(endpoint: endpoint), asked: asked).map { $0.result }
    }

    /// Every attribute of a sample row comes back equal through the typed readers.
    private func expectEqual(_ video: Video, _ row: NSDictionary) {
        #expect(video.id == row["_id"] as? String)
        #expect(Int(video.status) == row["status"] as? Int)
        for case let (key as String, value) in row {
            switch value {
            case let text as String: #expect(video.text(key) == text, "\(key)")
            case let number as NSNumber where CFBooleanLike.isBoolean(number):
                #expect(video.json.member(key)?.bool == number.boolValue, "\(key)")
            case let number as NSNumber: #expect(video.json.member(key)?.real == number.doubleValue, "\(key)")
            default: Issue.record("\(key) is of an unexpected kind")
            }
        }
    }

    @Test func theSingleSampleDecodes() throws {
        let answer = try Envelope.open(fixture("create-answer"), httpStatus: 200)
        let outcomes = receive(in: answer, of: .create, asked: 1)
        #expect(outcomes.count == 1)
        let row = try #require(try fixtureObject("create-answer")["data"] as? NSDictionary)
        expectEqual(try outcomes[0].get(), row)
        #expect(try outcomes[0].get().videoURL == nil)
    }

    @Test func theBatchSampleDecodes() throws {
        let answer = try Envelope.open(fixture("batch-answer"), httpStatus: 200)
        let outcomes = receive(in: answer, of: .createBatch, asked: 3)
        let data = try #require(try fixtureObject("batch-answer")["data"] as? NSDictionary)
        let rows = try #require(data["successList"] as? [NSDictionary])
        #expect(outcomes.count == 3)
        for (outcome, row) in zip(outcomes, rows) { expectEqual(try outcome.get(), row) }
    }

    @Test func theResultsSampleDecodes() throws {
        let videos = try Results.videos(in: Envelope.open(fixture("results-answer"), httpStatus: 200))
        let data = try #require(try fixtureObject("results-answer")["data"] as? NSDictionary)
        let rows = try #require(data["result"] as? [NSDictionary])
        #expect(videos.count == rows.count)
        for row in rows { expectEqual(try #require(videos[row["_id"] as? String ?? ""]), row) }
        #expect(videos["6891abe782f7cd2a890c44ba"]?.videoURL?.hasSuffix("1754377291791-1423.mp4") == true)
    }

    @Test func theAudioSampleDecodes() throws {
        let answer = try Envelope.open(fixture("audio-answer"), httpStatus: 200)
        let outcomes = receive(in: answer, of: .updateAudio, asked: 1)
        #expect(outcomes.count == 1)
        let row = try #require(try fixtureObject("audio-answer")["data"] as? NSDictionary)
        expectEqual(try outcomes[0].get(), row)
        #expect(row.count == 21)
    }

    @Test func theAudioSampleIsSentAsPrinted() throws {
        let sample = try fixtureObject("audio-request")
        let call = try Create.audioCall(
            for: #require(sample["pre_video_id"] as? String), .custom, sample["audio_url"] as? String)
        #expect(try object(#require(call.body)) == sample)
        #expect(call.endpoint.path == "/api/open/v4/image2Video/updateVideoAudio")
    }

    @Test func theEffectsSampleDecodes() throws {
        let answer = try Envelope.open(fixture("effects-answer"), httpStatus: 200)
        let decoded = try QueryAnswer.read([answer], to: .effects)
        let data = try #require(try fixtureObject("effects-answer")["data"] as? NSDictionary)
        let rows = try #require(data["result"] as? [NSDictionary])
        #expect(decoded.total == (data["count"] as? NSNumber)?.int64Value)
        #expect(decoded.effects.count == rows.count)
        for (effect, row) in zip(decoded.effects, rows) {
            #expect(effect.name == row["name"] as? String)
            #expect(effect.code == row["effect_code"] as? String)
            for name in ["_id", "logo", "video_url"] {
                #expect(effect.json.member(name)?.string == row[name] as? String)
            }
            #expect(effect.json["create_time"]?.integer == (row["create_time"] as? NSNumber)?.int64Value)
            #expect(row.count == 6)
        }
        #expect(decoded.effect(named: "samurai")?.code == "samurai_99757865")
    }

    @Test func theDeleteSampleDecodesAndIsSentAsPrinted() throws {
        let sample = try fixtureObject("delete-request")
        let ids = try #require(sample["_ids"] as? String).components(separatedBy: ",")
        #expect(try object(#require(try Deletion.call(for: ids).body)) == sample)

        let answer = try Envelope.open(fixture("delete-answer"), httpStatus: 200)
        let asked = ["6881cd86618fa41c89557b0c", "6882f4c10529ae771e71531d"]
        let outcomes = Deletion.outcomes(of: asked, in: [answer])
        #expect(outcomes.map(\.id) == asked)
        #expect(
            outcomes.map(\.refusal) == ["video resource is processing, please try again later", nil])
    }

    /// The table of codes, whole: its statuses, retry rules and what a create was charged.
    @Test func everyCodeHasItsRules() {
        #expect(CodeMeaning(1000).status == .ok)
        #expect(CodeMeaning(1000).charge == .certain)
        for code in Int64(1001)...2100 {
            let meaning = CodeMeaning(code)
            switch code {
            case 1005: #expect((meaning.retry, meaning.charge) == (.later, .none))
            case 1101: #expect((meaning.retry, meaning.charge) == (.afterLogin, .none))
            case 1015, 1017, 1108, 1110, 1111, 1112, 1201, 1205, 2001:
                #expect((meaning.retry, meaning.charge) == (.reads, .possible))
            case 1003, 1004, 1006, 1008...1011, 1013, 1014, 1102...1104, 1109, 1200, 1203, 1204, 1207...1210,
                1213,
                1221, 1222:
                #expect((meaning.retry, meaning.charge) == (.never, .none))
                #expect(meaning.status != .service)
            default:
                #expect(meaning.code == nil)
                #expect((meaning.status, meaning.retry) == (.service, .never))
                #expect(meaning.charge == .possible)
            }
        }
        for code in [Int64.min, -1, 0, .max] { #expect(CodeMeaning(code).status == .service) }
    }

    @Test func aBatchMayFailInPartOrInWhole() throws {
        let answer = try open(
            #"{"code":1000,"data":{"successList":[{"_id":"a"}],"errorList":[{"error":{"message":"too dark"},"code":1013}]}}"#
        )
        let outcomes = receive(in: answer, of: .createBatch, asked: 3)
        #expect(try outcomes[0].get().id == "a")
        for outcome in outcomes[1...] {
            let error = failure { () throws(I2VError) in try outcome.get() }
            #expect(error.status == .service)
            #expect(error.serviceCode == 1013)
            #expect(error.serviceMessage == "too dark")
            #expect(error.json?.contains("too dark") == true)
        }
        let empty = try open(#"{"code":1000,"msg":"OK","data":{"successList":[],"errorList":[]}}"#)
        let nothing = receive(in: empty, of: .createBatch, asked: 1)
        #expect(failure { () throws(I2VError) in try nothing[0].get() }.status == .service)
    }

    @Test func anAcceptedCreateWithoutAnIdIsUnknown() throws {
        for text in [
            #"{"code":1000,"data":{"status":1}}"#, #"{"code":1000,"data":{"_id":""}}"#,
            #"{"code":1000,"data":[]}"#,
        ] {
            let outcomes = receive(in: try open(text), of: .create, asked: 1)
            let error = failure { () throws(I2VError) in try outcomes[0].get() }
            #expect(error.status == .outcomeUnknown)
            #expect(error.charge == .possible)
            #expect(!error.isRetryable)
        }
    }

    @Test(
        arguments: [
            (1003, Status.invalidRequest), (1004, .auth), (1005, .rateLimit), (1006, .quota), (1104, .quota),
            (1008, .notFound), (1014, .notFound), (1009, .permission), (1010, .conflict), (1011, .conflict),
            (1222, .conflict), (1013, .invalidInput), (1203, .invalidInput), (1204, .invalidInput),
            (1207, .invalidInput), (1210, .invalidInput), (1015, .server), (1205, .server), (1017, .server),
            (1108, .server), (1110, .server), (1112, .server), (1201, .server), (2001, .server),
            (1101, .auth),
            (1102, .auth), (1109, .auth), (1200, .auth), (1103, .billing), (1213, .plan), (1221, .plan),
            (31337, .service),
        ] as [(Int64, Status)])
    func codesHaveTheirStatus(code: Int64, status: Status) {
        let error = failure { () throws(I2VError) in try open(#"{"code":\#(code),"msg":"words"}"#) }
        #expect(error.status == status)
        #expect(error.serviceCode == code)
        #expect(error.serviceMessage == "words")
        #expect(error.message.contains("\(code)"))
        #expect(error.isRetryable == (code == 1005))
    }

    @Test func aCodeMayBeText() throws {
        #expect(try open(#"{"code":"1000","data":{}}"#)["data"]?.isObject == true)
        #expect(failure { () throws(I2VError) in try open(#"{"code":"1109"}"#) }.status == .auth)
    }

    @Test(arguments: [
        ("", 200, Status.protocol), ("<html>", 200, .protocol), ("[]", 200, .protocol),
        (#"{"msg":"OK"}"#, 200, .protocol),
        (#"{"status":404,"msg":"Not Found"}"#, 404, .http), ("<html>", 502, .http), ("", 500, .http),
        ("", 401, .auth), ("", 403, .http), ("", 429, .rateLimit), ("", 301, .http),
        ("{\"code\":", 200, .protocol),
        ("{\"code\":1000,\"msg\":\"\u{fffd}", 200, .protocol),
    ])
    func whatIsNotAnEnvelope(body: String, httpStatus: Int32, status: Status) {
        let error = failure { () throws(I2VError) in try open(body, httpStatus) }
        #expect(error.status == status)
        #expect(error.httpStatus == httpStatus)
    }

    @Test func lostAnswersToACreateLeaveItsOutcomeUnknown() {
        let cases: [(I2VError, Status)] = [
            (I2VError(.network, "x", charge: .possible), .outcomeUnknown),
            (failure { () throws(I2VError) in try open("<html>", 502) }, .outcomeUnknown),
            (failure { () throws(I2VError) in try open("oops") }, .outcomeUnknown),
            (failure { () throws(I2VError) in try open("", 404) }, .http),
            (I2VError(.connect, "x"), .connect),
            (failure { () throws(I2VError) in try open(#"{"code":1005}"#) }, .rateLimit),
            (failure { () throws(I2VError) in try open(#"{"code":1015}"#) }, .server),
        ]
        for (error, status) in cases {
            #expect(error.ofCreate.status == status)
            if status == .outcomeUnknown {
                #expect(!error.ofCreate.isRetryable)
                #expect(error.ofCreate.charge == .possible)
                #expect(!error.ofCreate.message.contains("try again"))
            }
        }
    }

    @Test(arguments: [
        #"{"error_reason":"dark"}"#, #"{"error_reasons":["dark"]}"#, #"{"failed_reason":{"message":"dark"}}"#,
        #"{"faceswap_fail_reason":"dark"}"#, #"{"fail_msg":"dark"}"#, #"{"error_msg":"dark"}"#,
        #"{"error_message":"dark"}"#, #"{"error":{"detail":"dark"}}"#, #"{"msg":"dark"}"#,
        #"{"message":"dark"}"#,
        #"{"error_reason":"","error":"dark"}"#, #"{"error_reason":null,"message":"dark"}"#,
    ])
    func failureReasonsHideInManyPlaces(row: String) throws {
        #expect(FailureReason.find(in: try #require(JSON(parsing: Array(row.utf8)))) == "dark")
    }

    @Test func theVideosAddressHasManyNamesButNeverThePictures() throws {
        for name in ["video_url", "video", "external_video", "url", "videoUrl"] {
            let row = #"{"_id":"a","image_url":"http://e/i.png","\#(name)":"http://e/v.mp4"}"#
            #expect(Video.read(try #require(JSON(parsing: Array(row.utf8))))?.videoURL == "http://e/v.mp4")
        }
        let row = #"{"_id":"a","image_url":"http://e/i.png","video_url":""}"#
        #expect(Video.read(try #require(JSON(parsing: Array(row.utf8))))?.videoURL == nil)
    }

    @Test func rowsAreMatchedByIdAlone() throws {
        let text =
            #"{"code":1000,"data":{"result":[{"_id":"b","status":2},{"status":3},7,null,{"_id":"a","status":1},{"_id":"b","status":3}]}}"#
        let videos = try Results.videos(in: open(text))
        #expect(videos.keys.sorted() == ["a", "b"])
        #expect(videos["b"]?.status == 3)
        #expect(
            failure { () throws(I2VError) in try Results.videos(in: open(#"{"code":1000,"data":{}}"#)) }
                .status == .protocol)
    }

    /// A finished row with an address wins over a contradicting one: in one answer and across several.
    @Test(arguments: [
        #"{"_id":7,"status":1}"#, #"{"_id":"7","status":4}"#, #"{"_id":7,"status":3,"video_url":""}"#,
    ])
    func finishedRowsWinInAnyOrder(other: String) throws {
        let finished = #"{"_id":7,"status":"3","video":"http://e/v.mp4"}"#
        for rows in [[finished, other], [other, finished]] {
            let together = try open("{\"code\":1000,\"data\":{\"result\":[\(rows.joined(separator: ","))]}}")
            #expect(try Results.videos(in: together)["7"]?.videoURL == "http://e/v.mp4")
            let pages = try rows.map { try open("{\"code\":1000,\"data\":[\($0)]}") }
            let answer = try QueryAnswer.read(pages, to: .results(["7"]))
            #expect(answer.videos[0]?.status == 3)
        }
    }

    /// Lists, rows and what wraps them, of every question.
    @Test(arguments: [
        #"{"result":[{"_id":"a"}]}"#, #"[{"_id":"a"}]"#, #"{"result":{"_id":"a"}}"#, #"{"_id":"a"}"#,
        #"{"list":[{"_id":"a"}]}"#, #"{"data":{"list":[{"_id":"a"}]}}"#,
        #"{"_id":"q","result":[{"_id":"a"}]}"#,
    ])
    func rowsAreFoundInEveryWrapping(data: String) throws {
        let answer = try open("{\"code\":1000,\"data\":\(data)}")
        #expect(try Results.videos(in: answer).keys.sorted() == ["a"])
        #expect(try Listing.page(in: answer).videos.map(\.id) == ["a"])
        let text = answer.text
        let effects = try parse(text.replacingOccurrences(of: "_id", with: "effect_code"))
        #expect(try Effect.list(in: effects).map(\.code) == ["a"])
        let models = try parse(text.replacingOccurrences(of: "_id", with: "value"))
        #expect(try Model.list(in: models).map(\.value) == ["a"])
    }

    @Test(arguments: ["{}", "null", "7", "\"a\"", #"{"result":{}}"#, #"{"result":null}"#, #"{"_id":null}"#])
    func whatHoldsNoRowsIsUnreadable(data: String) throws {
        let answer = try open("{\"code\":1000,\"data\":\(data)}")
        #expect(failure { () throws(I2VError) in try Results.videos(in: answer) }.status == .protocol)
    }

    /// A refusal that comes with an id, as where a code is there twice, is none to rely on.
    @Test(arguments: [
        #"{"code":1000,"data":{"_id":"a"},"code":1009}"#, #"{"code":1005,"data":{"_id":7}}"#,
        #"{"code":1101,"data":[{"_id":"a"}]}"#, #"{"code":1003,"data":{"successList":[{"_id":"a"}]}}"#,
    ])
    func refusalsThatGiveAnIdLeaveACreateUnknown(text: String) {
        let error = failure { () throws(I2VError) in
            try Envelope.open(Array(text.utf8), httpStatus: 200, creates: true)
        }
        #expect(error.status == .outcomeUnknown && error.charge == .possible && !error.isRetryable)
        #expect(failure { () throws(I2VError) in try open(text) }.status != .outcomeUnknown)
        let plain = failure { () throws(I2VError) in
            try Envelope.open(Array(#"{"code":1009,"data":{"_id":""}}"#.utf8), httpStatus: 200, creates: true)
        }
        #expect(plain.status == .permission && plain.charge == .none)
    }

    /// HTTP's own refusals cost nothing; of all other statuses nobody knows what was done before.
    @Test func onlyRefusalsOfHTTPCostNothing() {
        let refusals: Set<Int32> = [
            400, 401, 403, 404, 405, 407, 410, 411, 413, 414, 415, 417, 421, 422, 425, 426, 428, 429, 431,
            451,
        ]
        for status in [Int32(-1), 0] + Array(100...1000) where !(200..<300).contains(status) {
            for body in ["", "<html>", "{}", #"{"msg":"no"}"#] {
                let error = failure { () throws(I2VError) in try open(body, status) }
                #expect((error.charge == .none) == refusals.contains(status), "HTTP \(status)")
                if error.charge == .possible {
                    #expect(error.ofCreate.status == .outcomeUnknown, "HTTP \(status)")
                }
            }
        }
    }

    @Test(arguments: [
        ("0", 0.0), ("-0.01", nil), ("1e6", 1e6), ("1000000.5", nil), ("\"nan\"", nil), ("\"5\"", 5),
        ("1e400", nil),
    ])
    func implausibleDeductionsAreNone(said: String, booked: Double?) throws {
        let video = try #require(Video.read(parse("{\"_id\":\"a\",\"deduction_credit\":\(said)}")))
        #expect(video.plausibleDeduction == booked)
    }

    @Test(arguments: [
        (Int64.min, false), (-1, false), (1_699_999_399_999, false), (1_699_999_400_000, true),
        (1_700_000_600_000, true), (1_700_000_600_001, false), (.max, false),
    ])
    func anyTimeCanBeHeldAgainstALostCreate(created: Int64, isIt: Bool) throws {
        var request = VideoRequest()
        request.imageURL = "https://example.com/a.png"
        request.prompt = "a cat"
        var origin = Record.Origin(deadline: 1)
        origin.call = try Create.call(for: request, by: .single)
        let record = Record(origin)
        record.sent = 1_700_000_000_000
        let row =
            #"{"_id":"a","image_url":"https://example.com/a.png","prompt":"a cat","create_time":\#(created)}"#
        let video = try #require(Video.read(parse(row)))
        let resemblance = try #require(Resemblance(record))
        #expect(resemblance.matches(video) == isIt)
        #expect(resemblance.isTooOld(video) == (created < 1_699_999_400_000))
    }
}

extension Create.Outcome {
    /// The video that the job is given, or why there is none.
    var result: Result<Video, I2VError> {
        switch self {
        case .made(let video): return .success(video)
        case .foreign(_, let error), .refused(let error): return .failure(error)
        }
    }
}

/// Tells JSON's booleans from its numbers, which NSNumber blurs.
enum CFBooleanLike {
    static func isBoolean(_ number: NSNumber) -> Bool {
        String(cString: number.objCType) == "c" && (number == 0 || number == 1)
    }
}
