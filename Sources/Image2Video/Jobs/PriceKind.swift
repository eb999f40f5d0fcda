/// Videos of one kind are expected to cost the same, as far as the create tells.
struct PriceKind: Equatable, Sendable {
    let endpoint: Endpoint
    let kind: Kind
    /// The service's `audio_type`: whether, and whence, the video has sound.
    let sound: Int64
    let isPremium: Bool

    /// By the body of a create, so that a job and its record in a ledger are of one kind; nil for a body that cannot
    /// be read.
    init?(_ call: APICall, _ kind: Kind) {
        guard let body = call.body.flatMap({ JSON(parsing: $0) }) else { return nil }
        endpoint = call.endpoint
        self.kind = kind
        let silent = Int64(AudioType.none.rawValue)
        let generated = Int64(AudioType.generated.rawValue)
        sound = body["audio_type"]?.integer ?? (body["generate_audio"]?.bool == true ? generated : silent)
        isPremium = body["is_premium_model"]?.bool == true
    }
}

/// The credits that the service said it took for one video.
struct Price {
    let id: String
    /// Milliseconds since 1970.
    let time: Int64
    let credits: Double

    /// nil for what cannot be meant as a price. A receipt of 0 may be one from before the charge.
    init?(id: String, time: Int64, credits: Double) {
        guard credits > 0, Video.plausibleDeductions.contains(credits) else { return nil }
        (self.id, self.time, self.credits) = (id, time, credits)
    }
}

extension VideoRequest {
    var kind: Kind {
        Kind(
            model: modelName ?? effectCode ?? "", resolution: effectiveResolution,
            seconds: effectiveVideoLength)
    }

    /// nil when no endpoint takes the request.
    var priceKind: PriceKind? {
        guard let route = try? chooseRoute(), let call = try? Create.call(for: self, by: route) else {
            return nil
        }
        return PriceKind(call, kind)
    }
}

extension Record {
    /// nil for a video that was made elsewhere.
    func priceKind(_ kind: Kind) -> PriceKind? { origin.call.flatMap { PriceKind($0, kind) } }
}
