import Foundation

/// A video that exists, with other sound: the pictures are copied as they are.
struct Dub: Sendable {
    let video: InputFile
    let seconds: Int
    let soundtrack: Soundtrack

    /// The name of the file that it yields.
    var key: String { ContentHash.hex("dub \(video.hash) \(seconds) \(soundtrack.key)") }

    func ffmpegArguments(output: URL) -> [String] {
        ["-i", video.file.path] + soundtrack.input + ["-map", "0:v:0", "-c:v", "copy"]
            + soundtrack.output(input: 1)
            + ["-t", "\(seconds)", "-movflags", "+faststart", "-f", "mp4", output.path]
    }
}
