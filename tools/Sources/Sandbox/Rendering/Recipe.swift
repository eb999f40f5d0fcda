import Foundation

/// A file that goes into a video, with the hash of its content.
struct InputFile: Sendable {
    let file: URL
    let hash: String
}

/// What a video sounds like.
enum Soundtrack: Sendable {
    case silent
    case ambience
    case file(InputFile)
}

/// Everything a video's pixels and samples depend on. Two jobs with equal recipes share one file.
struct Recipe: Sendable {
    let picture: InputFile
    let last: InputFile?
    let size: FrameSize
    let seconds: Int
    let move: CameraMove
    let soundtrack: Soundtrack

    static let framesPerSecond = 24

    /// The name of the file that a recipe yields.
    var key: String {
        let sound =
            switch soundtrack {
            case .silent: "silent"
            case .ambience: "ambience"
            case .file(let input): input.hash
            }
        let parts = [
            picture.hash, last?.hash ?? "", "\(size.width)x\(size.height)", "\(seconds)", move.rawValue,
            sound,
        ]
        return ContentHash.hex(parts.joined(separator: " "))
    }

    func ffmpegArguments(output: URL) -> [String] {
        var arguments = ["-i", picture.file.path]
        if let last { arguments += ["-i", last.file.path] }
        switch soundtrack {
        case .silent: break
        case .ambience: arguments += ["-f", "lavfi", "-i", Self.ambience]
        case .file(let input): arguments += ["-i", input.file.path]
        }
        arguments += ["-filter_complex", pictures, "-map", "[video]"]
        switch soundtrack {
        case .silent: break
        case .ambience, .file:
            // A sound shorter than the clip ends in silence, so that both streams have the asked length.
            arguments += ["-map", "\(last == nil ? 1 : 2):a:0", "-af", "apad"]
            arguments += ["-c:a", "aac", "-b:a", "96k", "-ar", "44100", "-ac", "2"]
        }
        arguments += ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-pix_fmt", "yuv420p"]
        arguments += [
            "-threads", "2", "-t", "\(seconds)", "-movflags", "+faststart", "-f", "mp4", output.path,
        ]
        return arguments
    }

    /// Wind: audible as sound, restful over a day of testing.
    private static let ambience =
        "anoisesrc=color=brown:sample_rate=44100:amplitude=0.5:seed=7,lowpass=f=500,tremolo=f=0.3:d=0.5"

    private var frames: Int { seconds * Self.framesPerSecond }

    private var pictures: String {
        guard last != nil else { return "[0:v]\(motion(frames: frames))[video]" }
        // The second picture fades in over the middle half of the clip and has the last quarter to itself.
        let offset = frames / 4
        let fade = frames / 2
        let seconds = { (frames: Int) in
            let time = Double(frames) / Double(Self.framesPerSecond)
            return String(format: "%.4f", time)
        }
        return """
            [0:v]\(motion(frames: offset + fade))[first];\
            [1:v]\(motion(frames: frames - offset))[second];\
            [first][second]xfade=transition=fade:duration=\(seconds(fade)):offset=\(seconds(offset)),\
            format=yuv420p[video]
            """
    }

    /// The filters that turn one still picture into a moving shot.
    private func motion(frames: Int) -> String {
        move == .rotate ? rotation(frames: frames) : zoompan(frames: frames)
    }

    private func zoompan(frames: Int) -> String {
        let (zoom, x, y) = move.zoompan(progress: "on/\(max(frames - 1, 1))")
        // The camera steps by whole pixels of its source: a larger source, with full colour planes, makes the
        // steps small, and slow moves stop trembling. 4k trembles less by itself and costs too much so.
        let isLarge = size.width * size.height > 1920 * 1080
        let factor = isLarge ? 1.25 : 1.75
        let pixels = isLarge ? "yuv420p" : "yuv444p"
        return """
            \(fill(factor: factor)),format=\(pixels),\
            zoompan=z='\(zoom)':x='\(x)':y='\(y)':d=\(frames):s=\(size.width)x\(size.height)\
            :fps=\(Self.framesPerSecond),setsar=1,format=yuv420p
            """
    }

    private func rotation(frames: Int) -> String {
        // Turned at a size that is quick to turn, since every pixel is looked up anew in every frame.
        let shrink = max(1, Double(max(size.width, size.height)) / 960)
        let width = Int(Double(size.width) / shrink) / 2 * 2
        let height = Int(Double(size.height) / shrink) / 2 * 2
        let rate = Self.framesPerSecond
        // Filled a fifth larger, so that no corner shows while it turns by up to 0.1 rad each way.
        return """
            \(fill(factor: 1.2 / shrink)),format=yuv420p,loop=loop=\(frames - 1):size=1,\
            setpts=N/\(rate)/TB,fps=\(rate),\
            rotate=a='0.2*(n/\(max(frames - 1, 1))-0.5)':ow=\(width):oh=\(height),\
            scale=\(size.width):\(size.height):flags=fast_bilinear,setsar=1
            """
    }

    /// Scales and crops to fill the frame, `factor` times over.
    private func fill(factor: Double) -> String {
        let width = Int(Double(size.width) * factor) / 2 * 2
        let height = Int(Double(size.height) * factor) / 2 * 2
        return "scale=\(width):\(height):force_original_aspect_ratio=increase,crop=\(width):\(height)"
    }
}
