// The service's answers, as bytes, through every decoder, and what comes out of them through every getter of the
// C boundary. The first byte chooses the question, the second says how much was asked, the rest is the answer.

@testable import Image2Video
@testable import Image2VideoC

@_silgen_name("fuzz_read_error") func readError(_ handle: OpaquePointer?)
@_silgen_name("fuzz_read_video") func readVideo(_ handle: OpaquePointer?)
@_silgen_name("fuzz_read_query") func readQuery(_ handle: OpaquePointer?)
@_silgen_name("fuzz_read_effect") func readEffect(_ handle: OpaquePointer?)
@_silgen_name("fuzz_read_model") func readModel(_ handle: OpaquePointer?)

/// One that needs no escape in JSON, and one that does.
let secrets = ["s3cr3t-k3y-012345", "a/b\"c\\d/0123456789"]

/// Ends the run as a finding.
func promise(_ holds: Bool, _ what: StaticString) {
    if !holds { fatalError("a promise is broken: \(what)") }
}

func promiseHidden(_ text: String?) {
    guard let text else { return }
    for secret in secrets {
        promise(!Array(text.utf8).holds(Array(secret.utf8)), "an answer's secret stays hidden")
    }
}

/// No text of a document holds a secret; names of members may.
func promiseHidden(inJSON text: String?) {
    guard let text else { return }
    for secret in secrets {
        let spelled = JSON.object().map { object -> [UInt8] in
            object.set("a", secret)
            return Array(object.text.utf8.dropFirst(6).dropLast(2))
        }
        var rest = Array(text.utf8)[...]
        while let start = rest.firstIndex(of: spelled ?? []) {
            rest = rest[(start + (spelled?.count ?? 0))...]
            // To the end of its text.
            while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
                if byte == UInt8(ascii: "\\") { _ = rest.popFirst() }
            }
            promise(rest.isEmpty || rest.first == UInt8(ascii: ":"), "an answer's secret stays hidden")
        }
    }
}

/// What is read at the first try is read the same when it is repaired, and what was read once is read again.
func promiseTwoWays(_ body: [UInt8]) {
    let repaired = JSONRepair.repaired(body)
    if let plain = JSON(strictlyParsing: body) {
        promise(
            repaired.flatMap { JSON(strictlyParsing: $0) }?.text == plain.text,
            "a repair changes nothing good")
    }
    if let json = JSON(parsing: body) {
        promise(
            JSON(strictlyParsing: Array(json.text.utf8)) != nil
                || json.text.utf8.contains(UInt8(ascii: "\\")),
            "what was read can be read again")
    }
}

func walk(_ json: JSON, _ depth: Int) {
    promiseHidden(json.string)
    if let items = json.elements, depth < 8 {
        for item in items { walk(item, depth + 1) }
    }
    for name: StaticString in ["data", "msg", "result", "_id", "url", "token", "prompt"] where depth < 8 {
        if let member = json[name] { walk(member, depth + 1) }
    }
}

func hold<Object: AnyObject>(_ object: Object, _ read: (OpaquePointer?) -> Void) {
    let box = Unmanaged.passRetained(object)
    read(OpaquePointer(box.toOpaque()))
    box.release()
}

func look(_ error: I2VError) {
    promiseHidden(error.message)
    promiseHidden(error.serviceMessage)
    promiseHidden(inJSON: error.json)
    promise(error.status != .ok, "a failure has the status of one")
    promise(!error.message.utf8.contains { $0 < 0x20 || $0 == 0x7f }, "a message is one line")
    hold(ErrorBox(error), readError)
}

func look(_ video: Video) {
    hold(VideoBox(video), readVideo)
}

func look(_ model: Model) {
    hold(ModelBox(model), readModel)
    guard let rules = model.rules else { return }
    var request = VideoRequest()
    request.imageURL = "https://example.com/a.png"
    request.prompt = "a cat"
    request.setModel(rules)
    request.resolution = model.resolutions.first?.value
    if let seconds = model.durations.first { request.videoLength = seconds }
    do throws(I2VError) {
        _ = try request.route()
        promise(request.estimate.low <= request.estimate.high, "an estimate is a range")
    } catch { look(error) }
}

func tryEach(_ body: () throws(I2VError) -> Void) {
    do { try body() } catch { look(error) }
}

/// What the answers to creates are held against.
let sent: [APICall] = {
    var request = VideoRequest(imageURL: "https://example.com/a.png", prompt: "a cat")
    request.lastImageURL = "https://example.com/b.png"
    request.modelName = "seedance-1-0"
    request.webhookURL = "https://example.com/hook"
    let calls = [
        try? Create.call(for: request, by: .batch, nonce: "0123456789"),
        try? Create.audioCall(for: "6901a2b3c4d5e6f708192a3b", .custom, "https://example.com/a.mp3"),
    ]
    return calls.compactMap { $0 }
}()

/// Lost creates, one of them with a webhook.
let resemblances: [Resemblance] = [nil, "https://example.com/hook"].compactMap { webhook in
    var request = VideoRequest()
    request.imageURL = "https://example.com/a.png"
    request.prompt = "a cat"
    request.webhookURL = webhook
    var origin = Record.Origin(deadline: 1)
    origin.call = try? Create.call(for: request, by: .single)
    let record = Record(origin)
    record.sent = 1_700_000_000_000
    return Resemblance(record)
}

/// What a server says beside its answer: the headers and the boxes of a file.
func decodeLines(_ body: [UInt8]) {
    let text = String(decoding: body, as: UTF8.self)
    if let range = ContentRange(text), let first = range.first {
        promise(first >= 0 && range.total.map { first < $0 } ?? true, "a range is inside of its whole")
    }
    _ = WebURL(text)
    _ = VideoID.isUsable(text)
    _ = MP4.isCut(size: Int64(body.count)) { offset in
        promise(offset >= 0, "a box begins in its file")
        return offset >= body.count ? [] : Array(body[Int(offset)...].prefix(16))
    }
}

nonisolated(unsafe) let owner = Query.Owner(
    wait: { (_, _) throws(I2VError) in true }, cancel: { (_) throws(I2VError) in })

func answer(_ question: Query.Question, with answers: [JSON]) {
    let query = Query(number: 1, question: question, handler: nil, owner: owner)
    do throws(I2VError) {
        query.finish(.success(try QueryAnswer.read(answers, to: question)))
        promise(query.answer != nil, "an answered question has its answer")
        for model in query.answer?.models ?? [] { look(model) }
    } catch {
        look(error)
        query.finish(.failure(error))
    }
    hold(query, readQuery)
}

func decode(_ choice: UInt8, _ asked: Int, _ httpStatus: Int32, _ body: [UInt8]) {
    let ids = (0..<asked).map { $0 % 2 == 0 ? "6901a2b3c4d5e6f708192a3b" : "id\($0)" }
    if choice == 0xff { return decodeLines(body) }
    promiseTwoWays(body)
    // Rows that reach a decoder without an envelope around them.
    if choice & 0x80 != 0, let json = JSON(parsing: body) {
        if let video = Video.read(json) { look(video) }
        look(Model(json))
        hold(EffectBox(Effect(json)), readEffect)
        _ = FailureReason.find(in: json)
    }
    let answers: JSON
    do throws(I2VError) {
        answers = try Envelope.open(body, httpStatus: httpStatus, hiding: choice & 0x40 != 0 ? [] : secrets)
    } catch {
        return choice & 0x40 != 0 ? hold(ErrorBox(error), readError) : look(error)
    }
    guard choice & 0x40 == 0 else { return }
    promiseHidden(inJSON: answers.text)
    walk(answers, 0)
    switch choice % 12 {
    case 0, 1, 2:
        let endpoint: Endpoint = [.create, .createBatch, .updateAudio][Int(choice % 12)]
        let outcomes = Create.outcomes(in: answers, to: sent[endpoint == .updateAudio ? 1 : 0], asked: asked)
        var ids: Set<String> = []
        promise(outcomes.count >= asked || asked == 0, "each video that was asked for has an outcome")
        for outcome in outcomes {
            switch outcome {
            case .made(let video), .foreign(let video, _):
                promise(video.id?.isEmpty == false, "a video that was made has an id")
                promise(ids.insert(video.id ?? "").inserted, "no two jobs are given one id")
                look(video)
            case .refused(let error): look(error)
            }
        }
    case 3:
        tryEach { () throws(I2VError) in
            for (id, video) in try Results.videos(in: answers) {
                promise(video.id == id, "a row is under its id")
                look(video)
            }
        }
        answer(.results(ids), with: [answers])
    case 4: answer(.delete(ids), with: [answers, answers])
    case 5: answer(.effects, with: [answers])
    case 6: answer(.models(type: 1), with: [answers])
    case 7: answer(.credits, with: [answers])
    case 8:
        tryEach { () throws(I2VError) in
            for video in try Listing.page(in: answers).videos {
                look(video)
                for resemblance in resemblances {
                    _ = resemblance.matches(video)
                    _ = resemblance.isTooOld(video)
                }
            }
        }
    default:
        tryEach { () throws(I2VError) in
            let token = try Login.token(in: answers)
            promise(Configuration.isHeaderValue(token), "a token fits into a header")
        }
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    guard count >= 2 else { return 0 }
    let statuses: [Int32] = [200, 200, 200, 200, 400, 401, 403, 429, 500, 301, 0, -1]
    decode(
        bytes[0], Int(bytes[1] & 15), statuses[Int(bytes[1] >> 4) % statuses.count],
        Array(UnsafeBufferPointer(start: bytes + 2, count: count - 2)))
    return 0
}
