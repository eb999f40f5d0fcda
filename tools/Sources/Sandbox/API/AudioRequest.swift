import Foundation

/// The body of `updateVideoAudio`: new sound for a video that is there already.
struct AudioRequest: Sendable {
    let videoID: String
    let sound: VideoRequest.Sound
    let audioURL: String

    init(_ body: Data) throws {
        let fields = try Fields(body)
        videoID = try fields.text("pre_video_id")
        sound = try fields.number("audio_type", oneOf: [1, 2]) == 1 ? .generated : .uploaded
        audioURL = try (sound == .uploaded ? fields.url("audio_url") : fields.optionalText("audio_url")) ?? ""
    }

    /// What the old video was asked for, with the new sound and its price.
    func applied(to old: Job) -> VideoRequest {
        var request = old.request
        request.sound = sound
        request.audioURL = audioURL
        // The page's sample shows these two empty whatever they were.
        request.negativePrompt = ""
        request.extendPrompt = false
        request.webhookURL = ""
        request.price = Prices.sound(seconds: request.seconds)
        return request
    }
}
