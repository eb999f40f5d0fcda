/// Where the videos come from.
enum RenderMode: Sendable {
    case ffmpeg
    /// Made up, of so many bytes: for load, where no one looks at them.
    case filler(bytes: Int)
}
