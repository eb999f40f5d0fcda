/// What a model takes and costs, as far as its entry in the service's list says. What it leaves open, it does
/// not restrict.
public struct ModelRules: Sendable {
    public struct Resolution: Sendable {
        public let value: String
        /// Credits; for a clip or for a second of it, the service does not say.
        public let unitCredit: Double?
        /// Seconds; empty where the model's own list counts.
        public let durations: [Int64]
    }

    public let name: String
    public let resolutions: [Resolution]
    public let durations: [Int64]
    public let maxCount: Int64?
    public let takesLastImage: Bool?
    public let takesExtendPrompt: Bool?
    public let makesAudio: Bool
    /// Its videos have sound whether a request asks for it or not.
    public let alwaysMakesAudio: Bool
    /// What sound costs, as a share of the price without it.
    public let audioMultiplier: Double?
    /// The same where a resolution does not say.
    public let unitCredit: Double?

    /// The resolution of that name; lists differ in upper and lower case.
    func resolution(_ name: String) -> Resolution? {
        resolutions.first { $0.value == name }
            ?? resolutions.first { $0.value.lowercasedASCII == name.lowercasedASCII }
    }

    func durations(at resolution: String) -> [Int64] {
        let own = self.resolution(resolution)?.durations ?? []
        return own.isEmpty ? durations : own
    }

    /// 5 seconds, or the model's first where it has no such length.
    func usualDuration(at resolution: String) -> Int64 {
        let offered = durations(at: resolution)
        return offered.contains(5) ? 5 : offered.first ?? 5
    }

    /// Credits at a resolution; nil where the entry has no price, or none that can be meant: nothing is known to be
    /// free.
    func unitCredit(at resolution: String) -> Double? {
        let unit = self.resolution(resolution)?.unitCredit ?? unitCredit
        return unit.flatMap { $0 > 0 && $0 <= Estimate.mostCredits ? $0 : nil }
    }
}

extension VideoRequest {
    /// Refuses what the model's entry does not offer, naming what it does.
    func check(against model: ModelRules) throws(I2VError) {
        try checkResolution(model)
        let offered = model.durations(at: effectiveResolution)
        if !offered.isEmpty, !offered.contains(effectiveVideoLength) {
            throw refusal("video_length", "\(effectiveVideoLength)", model, offered.map { "\($0)" })
        }
        if let most = model.maxCount, most > 0, effectiveCount > most {
            throw .invalid("count", "count is \(effectiveCount); \(model.name) makes at most \(most) at once")
        }
        if lastImageURL != nil, model.takesLastImage == false {
            throw .invalid("last_image_url", "last_image_url is set; \(model.name) takes no last frame")
        }
        if generateAudio == true, !model.makesAudio {
            throw .invalid("generate_audio", "generate_audio is set; \(model.name) makes no sound")
        }
        if extendPrompt == true, model.takesExtendPrompt == false {
            throw .invalid("extend_prompt", "extend_prompt is set; \(model.name) does not extend prompts")
        }
    }

    private func checkResolution(_ model: ModelRules) throws(I2VError) {
        guard let resolution, !resolution.isEmpty else { return }
        if model.resolutions.isEmpty {
            throw .invalid("resolution", "resolution is set; \(model.name) takes none, so leave it empty")
        }
        if model.resolution(resolution) == nil {
            throw refusal("resolution", "\"\(resolution)\"", model, model.resolutions.map { $0.value })
        }
    }

    private func refusal(_ field: String, _ value: String, _ model: ModelRules, _ offered: [String])
        -> I2VError
    {
        let choice = offered.joined(separator: ", ").shortened(to: 300)
        return .invalid(field, "\(field) is \(value.shortened(to: 60)); \(model.name) takes \(choice)")
    }
}
