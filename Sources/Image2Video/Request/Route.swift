/// Which of the service's two create endpoints takes a request.
enum Route: Sendable {
    case single
    case batch
}

extension VideoRequest {
    /// Checks every field and the way they go together, and finds the endpoint that takes them.
    func route() throws(I2VError) -> Route {
        try checkTexts()
        try checkNumbers()
        let route = try chooseRoute()
        if let model {
            try check(against: model)
        } else if modelName == nil {
            try checkAgainstPage()
        }
        return route
    }

    private func checkTexts() throws(I2VError) {
        guard let imageURL else { throw .invalid("image_url", "image_url is missing") }
        try Self.checkURL(imageURL, "image_url")
        if let lastImageURL { try Self.checkURL(lastImageURL, "last_image_url") }
        if let audioURL { try Self.checkURL(audioURL, "audio_url") }
        if let webhookURL { try Self.checkWebhook(webhookURL) }
        if (prompt ?? "").isEmpty && effectCode == nil {
            throw .invalid("prompt", "prompt is missing; only a request with an effect can do without")
        }
        if effectCode?.isEmpty == true { throw .invalid("effect_code", "effect_code is empty") }
        if modelName?.isEmpty == true { throw .invalid("model_name", "model_name is empty") }
        if target?.isEmpty == true { throw .invalid("target", "target is empty") }
    }

    private func checkNumbers() throws(I2VError) {
        try Limit.videoLength.check(effectiveVideoLength)
        try checkShots()
        if let count { try Limit.count.check(count) }
        if let deadline { try Limit.deadline.check(deadline) }
    }

    private func checkShots() throws(I2VError) {
        guard !multiPrompt.isEmpty else { return }
        if multiPrompt.count > Self.maxShots {
            throw .invalid(
                "multi_prompt", "multi_prompt has \(multiPrompt.count) shots; \(Self.maxShots) are taken")
        }
        var sum: Int64 = 0
        for shot in multiPrompt {
            try Limit.shotDuration.check(shot.duration)
            if shot.prompt.isEmpty {
                throw .invalid("multi_prompt", "multi_prompt has a shot without a prompt")
            }
            sum += shot.duration
        }
        if sum != effectiveVideoLength {
            throw .invalid(
                "multi_prompt",
                "multi_prompt's shots take \(sum) s together; video_length is \(effectiveVideoLength) s")
        }
    }

    func chooseRoute() throws(I2VError) -> Route {
        let batchField =
            modelName != nil
            ? "model_name"
            : lastImageURL != nil
                ? "last_image_url"
                : count != nil
                    ? "count"
                    : generateAudio != nil
                        ? "generate_audio" : !multiPrompt.isEmpty ? "multi_prompt" : nil
        let singleField =
            effectCode != nil
            ? "effect_code"
            : audioURL != nil
                ? "audio_url"
                : effectiveAudioType != .none
                    ? "audio_type" : isPremiumModel == true ? "is_premium_model" : nil
        if let batchField, let singleField {
            throw .invalid(
                singleField,
                "\(singleField) and \(batchField) do not go together: no endpoint of the service takes both")
        }
        if effectiveAudioType == .custom && audioURL == nil {
            throw .invalid("audio_url", "audio_url is missing; audio_type 2 needs it")
        }
        if effectiveAudioType != .custom && audioURL != nil {
            throw .invalid("audio_url", "audio_url goes with audio_type 2 only")
        }
        return batchField == nil ? .single : .batch
    }

    /// Without a model, the service's page says which values there are; with one, the model does.
    private func checkAgainstPage() throws(I2VError) {
        guard ["720p", "1080p", "4k"].contains(effectiveResolution) else {
            throw .invalid(
                "resolution",
                "resolution is \"\(effectiveResolution.shortened(to: 40))\"; without a model it can be 720p, 1080p or 4k"
            )
        }
        guard [5, 10].contains(effectiveVideoLength) else {
            throw .invalid(
                "video_length",
                "video_length is \(effectiveVideoLength); without a model it can be 5 or 10 seconds")
        }
    }

    /// Empty is taken: the service's own sample sends it so.
    public static func checkWebhook(_ text: String) throws(I2VError) {
        guard !text.isEmpty else { return }
        try checkURL(text, "webhookurl")
        if text.utf8.count > mostWebhookBytes {
            throw .invalid("webhookurl", "webhookurl is longer than \(mostWebhookBytes) bytes")
        }
    }

    static let mostWebhookBytes = 2048

    public static func checkURL(_ text: String, _ field: String) throws(I2VError) {
        guard WebURL(text) != nil else {
            throw .invalid(
                field,
                "\(field) is not an absolute http or https URL; the service fetches it from the internet")
        }
    }
}
