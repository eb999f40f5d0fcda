/// A model the service offers, in any of the shapes its list has been seen in. What a model leaves open, it
/// does not restrict.
public final class Model: @unchecked Sendable {
    /// One resolution of a model.
    public struct Resolution: Sendable {
        public let json: JSON
        /// What a request's `resolution` takes.
        public let value: String
        /// Credits; for a clip or for a second of it, the service does not say.
        public let unitCredit: Double?
        /// Seconds; empty where the model's own list counts.
        public let durations: [Int64]
    }

    public let json: JSON
    public let resolutions: [Resolution]
    /// Seconds that a video can have with any of the resolutions; empty when the model does not say.
    public let durations: [Int64]

    init(_ row: JSON) {
        json = row
        resolutions =
            row["resolutionList"]?.elements?.compactMap { item in
                guard let value = item["value"]?.string ?? item["label"]?.string ?? item.string else {
                    return nil
                }
                return Resolution(
                    json: item, value: value,
                    unitCredit: item["unit_credit"]?.real ?? row["unit_credit"]?.real,
                    durations: Self.numbers(item["durationList"]))
            } ?? []
        durations = Self.numbers(row["durationList"])
    }

    /// What a request's `model_name` takes.
    public var value: String? { json["value"]?.string }
    public var label: String? { json["label"]?.string }
    public var maxCount: Int64? { json["maxCount"]?.integer }
    public var takesLastImage: Bool? { json["supportedLastFrame"]?.bool }
    public var tags: [String] { Self.texts(json["tags"]) }
    public var ratios: [String] { Self.texts(json["ratioList"]) }
    /// Supported when it is there and not false: it may be an object that describes the option.
    public var makesAudio: Bool {
        guard let option = json["generate_audio"], !option.isNull else { return false }
        return option.bool ?? true
    }

    /// What a request for this model is held to; nil when the entry does not even name the model.
    public var rules: ModelRules? {
        guard let value, !value.isEmpty else { return nil }
        return ModelRules(
            name: value,
            resolutions: resolutions.map {
                ModelRules.Resolution(value: $0.value, unitCredit: $0.unitCredit, durations: $0.durations)
            },
            durations: durations, maxCount: maxCount, takesLastImage: takesLastImage,
            takesExtendPrompt: json["supportedExtendPrompt"]?.bool, makesAudio: makesAudio,
            alwaysMakesAudio: json["generate_audio"]?["required"]?.bool ?? false,
            audioMultiplier: json["generate_audio"]?["extra_credit_multiplier"]?.real,
            unitCredit: json["unit_credit"]?.real)
    }

    static func list(in answer: JSON) throws(I2VError) -> [Model] {
        guard let rows = Rows.find(in: answer["data"], markedBy: "value") else {
            throw Envelope.unreadable(answer, "models hold no list")
        }
        let models = rows.filter { $0.isObject }.map { Model($0) }
        let order = models.indices.sorted { left, right in
            let (one, other) = (models[left].rank, models[right].rank)
            return one != other ? one > other : left < right
        }
        return order.map { models[$0] }
    }

    private var rank: Int64 { json["sort"]?.integer ?? 0 }

    private static func texts(_ list: JSON?) -> [String] {
        list?.elements?.compactMap { $0.string ?? $0["value"]?.string ?? $0["label"]?.string } ?? []
    }

    private static func numbers(_ list: JSON?) -> [Int64] {
        list?.elements?.compactMap { $0.integer ?? $0["value"]?.integer } ?? []
    }
}
