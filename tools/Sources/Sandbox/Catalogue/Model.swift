/// What one entry of the model list allows and costs. What an entry leaves open is not restricted.
struct Model: Sendable {
    let name: String
    private let resolutions: [Resolution]
    private let durations: [Int]
    private let unitCredit: Double?
    private let maxCount: Int
    private let takesLastImage: Bool
    private let sound: Sound?
    private let subscription: ServiceError?

    private struct Resolution: Sendable {
        let value: String
        let unitCredit: Double?
        let durations: [Int]
    }

    /// How a model makes sound, if it does.
    private struct Sound: Sendable {
        var isRequired = false
        /// The share of the price that it costs besides.
        var surcharge = 0.0
    }

    init(_ entry: JSON) {
        name = entry["value"]?.string ?? ""
        resolutions = (entry["resolutionList"]?.array ?? []).map {
            Resolution(
                value: $0["value"]?.string ?? "", unitCredit: $0["unit_credit"]?.number,
                durations: Self.seconds($0["durationList"]))
        }
        durations = Self.seconds(entry["durationList"])
        unitCredit = entry["unit_credit"]?.number
        maxCount = entry["maxCount"]?.int ?? 10
        takesLastImage = entry["supportedLastFrame"]?.bool ?? true
        sound = Self.sound(entry["generate_audio"] ?? .null)
        subscription =
            entry["requiresPay"] == true ? .needsPayment : entry["isPro"] == true ? .needsPro : nil
    }

    /// Refuses what this model does not offer, naming the field and what it takes.
    func check(_ request: VideoRequest, count: Int, wantsSound: Bool, plan: Plan) throws {
        if resolutions.isEmpty {
            guard request.resolution.isEmpty || isOpen else {
                throw ServiceError.parameter("resolution", "is not taken by \(name)")
            }
        } else {
            try Self.check("resolution", request.resolution, among: resolutions.map(\.value))
        }
        try Self.check("video_length", request.seconds, among: seconds(at: request.resolution))
        guard count <= maxCount else {
            throw ServiceError.parameter("count", "must be at most \(maxCount) for \(name)")
        }
        guard takesLastImage || request.lastImageURL.isEmpty else {
            throw ServiceError.parameter("last_image_url", "is not supported by \(name)")
        }
        guard !wantsSound || sound != nil else {
            throw ServiceError.parameter("generate_audio", "is not supported by \(name)")
        }
        if plan == .free, let subscription { throw subscription }
    }

    /// Some models make sound whether asked to or not.
    func makesSound(_ isWanted: Bool) -> Bool { sound.map { isWanted || $0.isRequired } ?? false }

    /// Credits for one video, or nil when the entry has no price.
    func price(of request: VideoRequest, by prices: Prices) -> Int? {
        let entry = resolutions.first { $0.value == request.resolution }
        guard let unit = entry?.unitCredit ?? unitCredit else { return nil }
        let surcharge = request.sound == .generated ? sound?.surcharge ?? 0 : 0
        return prices.video(unitCredit: unit, seconds: request.seconds, surcharge: surcharge)
    }

    /// An entry of nothing but names, which leaves all to the request.
    private var isOpen: Bool { resolutions.isEmpty && durations.isEmpty && unitCredit == nil }

    /// The lengths at a resolution: its own list, else the model's.
    private func seconds(at resolution: String) -> [Int] {
        let own = resolutions.first { $0.value == resolution }?.durations ?? []
        return own.isEmpty ? durations : own
    }

    private static func check<Value: Equatable>(_ field: String, _ value: Value, among allowed: [Value])
        throws
    {
        guard allowed.isEmpty || allowed.contains(value) else {
            let list = allowed.map { "\($0)" }.joined(separator: ", ")
            throw ServiceError.parameter(field, "must be one of \(list)")
        }
    }

    private static func sound(_ option: JSON) -> Sound? {
        switch option {
        case .null, .bool(false): nil
        default:
            Sound(
                isRequired: option["required"] == true,
                surcharge: option["extra_credit_multiplier"]?.number ?? 0)
        }
    }

    private static func seconds(_ list: JSON?) -> [Int] { (list?.array ?? []).compactMap(\.int) }
}
