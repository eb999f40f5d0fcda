import Foundation

/// One video as it was asked for, by either create endpoint, after validation.
struct VideoRequest: Sendable {
    var imageURL: String
    var lastImageURL = ""
    var prompt: String
    var negativePrompt: String
    var extendPrompt: Bool
    var resolution: String
    var seconds: Int
    var sound = Sound.none
    var audioURL = ""
    var effectCode = ""
    var modelName = ""
    var webhookURL: String
    var price: Int

    /// The service's `audio_type`.
    enum Sound: Int, Sendable {
        case generated = 1
        case uploaded = 2
        case none = 3
    }

    /// Reads the body of `createBySourcePrompt`.
    init(single body: Data) throws {
        let fields = try Fields(body)
        imageURL = try fields.url("image_url")
        effectCode = try fields.optionalText("effect_code") ?? ""
        // With an effect the service ignores the prompt.
        prompt = try effectCode.isEmpty ? fields.text("prompt") : fields.optionalText("prompt") ?? ""
        negativePrompt = try fields.text("negative_prompt", empty: true)
        extendPrompt = try fields.flag("extend_prompt")
        resolution = try fields.text("resolution")
        guard ["720p", "1080p", "4k"].contains(resolution) else {
            throw ServiceError.parameter("resolution", "must be one of 720p, 1080p, 4k")
        }
        sound = Sound(rawValue: try fields.number("audio_type", oneOf: [1, 2, 3])) ?? .none
        audioURL = try (sound == .uploaded ? fields.url("audio_url") : fields.optionalText("audio_url")) ?? ""
        seconds = try fields.number("video_length", oneOf: [5, 10])
        _ = try fields.flag("is_premium_model")
        webhookURL = try fields.optionalText("webhookurl") ?? ""
        price = Prices.single(resolution: resolution, seconds: seconds)
    }

    /// Reads the body of `createBySourcePrompt/batch`, apart from `count`.
    init(batch fields: Fields) throws {
        imageURL = try fields.url("image_url")
        prompt = try fields.text("prompt")
        modelName = try fields.optionalText("model_name") ?? ""
        negativePrompt = try fields.optionalText("negative_prompt") ?? ""
        extendPrompt = try fields.flag("extend_prompt")
        resolution = try fields.text("resolution")
        // Models allow different lengths; these bounds hold for all of them.
        seconds = try fields.number("video_length", in: 1...30)
        lastImageURL = try fields.optionalURL("last_image_url") ?? ""
        webhookURL = try fields.optionalText("webhookurl") ?? ""
        price =
            modelName.isEmpty
            ? Prices.single(resolution: resolution, seconds: seconds) : Prices.withModel(seconds: seconds)
    }

    /// The service calls outputs by the beginning of their prompt.
    var fileName: String { "Image2Video_\(prompt.prefix(24)).mp4" }

    /// A name to show for the effect: its code without the number at its end.
    var effectName: String {
        var words = effectCode.split(separator: "_")
        if words.count > 1, words.last?.allSatisfy(\.isNumber) == true { words.removeLast() }
        return words.joined(separator: " ").capitalized
    }
}
