/// Where a video's sound comes from.
public enum AudioType: Int32, Sendable {
    /// The service makes it.
    case generated = 1
    /// The host gives its address.
    case custom = 2
    /// No sound.
    case none = 3
}
