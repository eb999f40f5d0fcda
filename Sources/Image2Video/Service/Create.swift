/// The create endpoints: a request on the way out, its receipts on the way in.
enum Create {
    /// Goes into the query of a webhook's address, with a nonce.
    static let nonceParameter = "i2v_nonce="

    /// `nonce` goes into the webhook's address, if there is one and it has room, by which the service's echo tells
    /// the submit from all others.
    static func call(
        for request: VideoRequest, by route: Route, nonce: String? = nil
    ) throws(I2VError) -> APICall {
        guard let body = JSON.object() else { throw .outOfMemory }
        body.set("image_url", request.imageURL ?? "")
        body.set("prompt", request.prompt ?? "")
        if let allowed = request.extendPrompt { body.set("extend_prompt", allowed) }
        if !request.effectiveResolution.isEmpty { body.set("resolution", request.effectiveResolution) }
        body.set("video_length", request.effectiveVideoLength)
        if let url = request.webhookURL {
            body.set("webhookurl", address(url, request.hasWebhookNonce ? nonce : nil))
        }
        switch route {
        case .single:
            // The page calls these two required.
            body.set("negative_prompt", request.negativePrompt ?? "")
            body.set("audio_type", Int64(request.effectiveAudioType.rawValue))
            if let url = request.audioURL { body.set("audio_url", url) }
            if let premium = request.isPremiumModel { body.set("is_premium_model", premium) }
            if let code = request.effectCode { body.set("effect_code", code) }
        case .batch:
            if let text = request.negativePrompt { body.set("negative_prompt", text) }
            if let name = request.modelName { body.set("model_name", name) }
            if let url = request.lastImageURL { body.set("last_image_url", url) }
            if let count = request.count { body.set("count", count) }
            if let audio = request.generateAudio { body.set("generate_audio", audio) }
            if !request.multiPrompt.isEmpty { body.set("multi_prompt", try shots(request.multiPrompt)) }
        }
        return APICall(endpoint: route == .single ? .create : .createBatch, body: Array(body.text.utf8))
    }

    private static func address(_ webhook: String, _ nonce: String?) -> String {
        guard let nonce, !webhook.isEmpty else { return webhook }
        let parts = webhook.utf8.split(
            separator: UInt8(ascii: "#"), maxSplits: 1, omittingEmptySubsequences: false)
        let hasQuery = parts[0].contains(UInt8(ascii: "?"))
        var address =
            String(decoding: parts[0], as: UTF8.self) + (hasQuery ? "&" : "?") + nonceParameter + nonce
        if parts.count > 1 { address += "#" + String(decoding: parts[1], as: UTF8.self) }
        return address.utf8.count <= VideoRequest.mostWebhookBytes ? address : webhook
    }

    private static func shots(_ shots: [VideoRequest.Shot]) throws(I2VError) -> [JSON] {
        var list: [JSON] = []
        for shot in shots {
            guard let item = JSON.object() else { throw .outOfMemory }
            item.set("duration", shot.duration)
            item.set("prompt", shot.prompt)
            list.append(item)
        }
        return list
    }

    /// New sound for a finished video makes a new video.
    static func audioCall(
        for id: String, _ type: AudioType, _ url: String?
    ) throws(I2VError) -> APICall {
        guard let body = JSON.object() else { throw .outOfMemory }
        body.set("pre_video_id", id)
        if let url { body.set("audio_url", url) }
        body.set("audio_type", Int64(type.rawValue))
        return APICall(endpoint: .updateAudio, body: Array(body.text.utf8))
    }

    /// The outcome for one video.
    enum Outcome {
        case made(Video)
        /// The answer is another request's, and so is its video, which its own job may be looking for.
        case foreign(Video, I2VError)
        case refused(I2VError)
    }

    /// The outcome for each video that the call asked for: `asked` outcomes or more. Those that were made come first,
    /// since the videos of one create are alike: a row that cannot be read must not cost the job of another one.
    static func outcomes(in answer: JSON, to call: APICall, asked: Int) -> [Outcome] {
        let lists = Rows.holder(of: ["successList", "errorList"], in: answer)
        let rows =
            Rows.find(in: lists?["successList"], markedBy: "_id")
            ?? (lists == nil
                ? Rows.find(in: answer["data"], markedBy: "_id") ?? Rows.find(in: answer, markedBy: "_id")
                : nil)
        let refusals = lists?["errorList"].flatMap { $0.isNull ? nil : $0.elements ?? $0.alone }
        var receipts = Receipts(asked: asked)
        if let rows { for row in rows { receipts.add(row) } }
        let echo = Echo(call)
        var made: [Outcome] = []
        var others: [Outcome] = []
        for video in receipts.videos {
            if let field = echo?.contradiction(in: video.json) {
                others.append(.foreign(video, foreign(field, video)))
            } else {
                made.append(.made(video))
            }
        }
        var outcomes = made + others + receipts.unreadable.map { .refused(withoutId($0)) }
        // Lists that the page describes leave nobody out. Of other shapes nobody knows what is missing in them.
        let isTold = lists?["successList"]?.elements != nil || refusals?.isEmpty == false
        for index in 0..<max(0, asked - outcomes.count) {
            let item = refusals.flatMap { index < $0.count ? $0[index] : $0.last }
            let isRefused = isTold && !receipts.hasRepetitions
            outcomes.append(.refused(isRefused ? refusal(item, answer) : withoutId(answer)))
        }
        return outcomes
    }

    /// Whatever else the answer says, it has the id of a video.
    static func holdsReceipt(_ answer: JSON) -> Bool {
        let lists = Rows.holder(of: ["successList"], in: answer)
        let rows = Rows.find(in: lists?["successList"] ?? answer["data"], markedBy: "_id")
        return rows?.contains { $0["_id"]?.id != nil } ?? false
    }

    /// The rows of an answer: one for each id, in their order. Of those without an id no more are kept than jobs ask.
    private struct Receipts {
        private let asked: Int
        private(set) var videos: [Video] = []
        private(set) var unreadable: [JSON] = []
        private(set) var hasRepetitions = false
        private var places: [String: Int] = [:]

        init(asked: Int) {
            self.asked = asked
        }

        mutating func add(_ row: JSON) {
            if row["_id"] == nil, let inner = Rows.find(in: row, markedBy: "_id") {
                for row in inner { addOne(row) }
            } else {
                addOne(row)
            }
        }

        private mutating func addOne(_ row: JSON) {
            guard let video = Video.read(row), let id = video.id else {
                if unreadable.count < asked { unreadable.append(row) }
                return
            }
            if let place = places[id] {
                videos[place] = videos[place].replaced(by: video)
                hasRepetitions = true
            } else {
                places[id] = videos.count
                videos.append(video)
            }
        }
    }

    private static func foreign(_ field: String, _ video: Video) -> I2VError {
        I2VError(
            .outcomeUnknown,
            "the answer's \(field) is not the one that was sent: video \(video.id ?? "") is another request's; this "
                + "one's may be in the making and charged", field: field, httpStatus: 200,
            serviceCode: Envelope.success, charge: .possible, json: video.json.text)
    }

    private static func withoutId(_ row: JSON) -> I2VError {
        I2VError(
            .outcomeUnknown,
            "the service accepted the request but gave no id for the video; it may be in the making and charged",
            httpStatus: 200, serviceCode: Envelope.success, charge: .possible, json: row.text)
    }

    private static func refusal(_ item: JSON?, _ answer: JSON) -> I2VError {
        let reason = item.flatMap { FailureReason.find(in: $0) }
        let words = reason.map { ": \($0.shortened(to: 300))" } ?? " and does not say why"
        return I2VError(
            .service, "the service accepted the request but did not make this video\(words)", httpStatus: 200,
            serviceCode: item?["code"]?.integer ?? Envelope.success, serviceMessage: reason,
            json: (item ?? answer).text)
    }
}

extension I2VError {
    static var outOfMemory: I2VError { I2VError(.system, "out of memory") }
}
