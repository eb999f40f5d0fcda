import Foundation

/// A file that goes into a video, with the hash of its content.
struct InputFile: Sendable {
    let file: URL
    let hash: String
}

/// One take of a video, with one move of the camera.
struct Shot: Sendable {
    let seconds: Int
    let move: CameraMove
}

/// Everything a video's pixels and samples depend on. Two jobs with equal recipes share one file.
struct Recipe: Sendable {
    let picture: InputFile
    let last: InputFile?
    let size: FrameSize
    let shots: [Shot]
    let soundtrack: Soundtrack

    static let framesPerSecond = 24

    /// The name of the file that a recipe yields.
    var key: String {
        let takes = shots.map { "\($0.seconds) \($0.move.rawValue)" }
        let parts = [picture.hash, last?.hash ?? "", "\(size.width)x\(size.height)"]
        return ContentHash.hex((parts + takes + [soundtrack.key]).joined(separator: " "))
    }

    func ffmpegArguments(output: URL) -> [String] {
        // The picture is an input of its own for every shot: zoompan counts frames from the start of one.
        var arguments = shots.flatMap { _ in ["-i", picture.file.path] }
        if let last { arguments += ["-i", last.file.path] }
        arguments += soundtrack.input
        arguments += ["-filter_complex", pictures, "-map", "[video]"]
        arguments += soundtrack.output(input: shots.count + (last == nil ? 0 : 1))
        arguments += ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-pix_fmt", "yuv420p"]
        arguments += [
            "-threads", "2", "-t", "\(seconds)", "-movflags", "+faststart", "-f", "mp4", output.path,
        ]
        return arguments
    }

    private var seconds: Int { shots.reduce(0) { $0 + $1.seconds } }

    /// The graph that yields `[video]`: the shots in a row, the last of them fading into the last picture.
    private var pictures: String {
        let takes = shots.indices.map { index in
            let isLast = index == shots.count - 1
            let shot =
                isLast && last != nil ? fading(shots[index], input: index) : plain(shots[index], input: index)
            return "\(shot)[shot\(index)]"
        }
        let names = shots.indices.map { "[shot\($0)]" }.joined()
        return (takes + ["\(names)concat=n=\(shots.count)[video]"]).joined(separator: ";")
    }

    private func plain(_ shot: Shot, input: Int) -> String {
        "[\(input):v]\(motion(shot.move, frames: shot.seconds * Self.framesPerSecond))"
    }

    private func fading(_ shot: Shot, input: Int) -> String {
        // The last picture fades in over the middle half of the shot and has the last quarter to itself.
        let frames = shot.seconds * Self.framesPerSecond
        let offset = frames / 4
        let fade = frames / 2
        let seconds = { (frames: Int) in
            let time = Double(frames) / Double(Self.framesPerSecond)
            return String(format: "%.4f", time)
        }
        return """
            [\(input):v]\(motion(shot.move, frames: offset + fade))[before];\
            [\(input + 1):v]\(motion(shot.move, frames: frames - offset))[after];\
            [before][after]xfade=transition=fade:duration=\(seconds(fade)):offset=\(seconds(offset)),\
            format=yuv420p
            """
    }

    /// The filters that turn one still picture into a moving shot.
    private func motion(_ move: CameraMove, frames: Int) -> String {
        move == .rotate ? rotation(frames: frames) : zoompan(move, frames: frames)
    }

    private func zoompan(_ move: CameraMove, frames: Int) -> String {
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
