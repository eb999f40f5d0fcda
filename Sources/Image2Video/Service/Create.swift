/// The create endpoints: a request on the way out, its receipts on the way in.
enum Create {
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
            String(decoding: parts[0], as: UTF8.self) + (hasQuery ? "&" : "?") + "i2v_nonce=" + nonce
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

    /// What became of each video that was asked for: `asked` outcomes, then any the service made beyond them.
    static func outcomes(in answer: JSON, of endpoint: Endpoint, asked: Int) -> [Result<Video, I2VError>] {
        let data = answer["data"]
        let rows: [JSON]
        var refusals: [JSON] = []
        if endpoint != .createBatch {
            rows = [data ?? answer]
        } else {
            let made = data?["successList"]?.elements
            refusals = data?["errorList"]?.elements ?? []
            guard made != nil || !refusals.isEmpty else {
                return (0..<asked).map { _ in .failure(withoutId(answer)) }
            }
            rows = made ?? []
        }
        var outcomes: [Result<Video, I2VError>] = rows.map { row in
            guard let video = Video.read(row), video.id != nil else { return .failure(withoutId(row)) }
            return .success(video)
        }
        for index in 0..<max(0, asked - outcomes.count) {
            outcomes.append(
                .failure(refusal(index < refusals.count ? refusals[index] : refusals.last, answer)))
        }
        return outcomes
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
