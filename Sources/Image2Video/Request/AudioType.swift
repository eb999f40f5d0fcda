/// Where a video's sound comes from.
public enum AudioType: Int32, Sendable {
    /// The service makes it.
    case generated = 1
    /// The host gives its address.
    case custom = 2
    /// No sound.
    case none = 3

    /// For a video that gets new sound: there must be some, and an address where the host brings it.
    static func check(_ type: AudioType, _ url: String?) throws(I2VError) {
        switch type {
        case .generated:
            if url != nil { throw .invalid("audio_url", "audio_url goes with audio_type 2 only") }
        case .custom:
            guard let url else { throw .invalid("audio_url", "audio_url is missing; audio_type 2 needs it") }
            try VideoRequest.checkURL(url, "audio_url")
        case .none:
            throw .invalid("audio_type", "audio_type is 3; new sound is either generated or custom")
        }
    }
}
