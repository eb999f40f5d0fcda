import Foundation

/// Makes files with ffmpeg.
struct Renderer: Sendable {
    let folder: DataFolder
    let children: ChildProcesses
    private let files = MadeOnce<URL, URL>()
    private let shapes = MadeOnce<String, FrameSize.Shape>()
    private let renderSlots = Slots(2)
    private let probeSlots = Slots(2)

    init(folder: DataFolder, children: ChildProcesses) {
        self.folder = folder
        self.children = children
    }

    func video(_ recipe: Recipe) async throws(RenderFailure) -> URL {
        try await made(folder.videos.appendingPathComponent("\(recipe.key).mp4")) {
            recipe.ffmpegArguments(output: $0)
        }
    }

    func video(_ dub: Dub) async throws(RenderFailure) -> URL {
        try await made(folder.videos.appendingPathComponent("\(dub.key).mp4")) {
            dub.ffmpegArguments(output: $0)
        }
    }

    /// A picture to stand for one that cannot be reached from here.
    func placeholder(for address: String) async throws(RenderFailure) -> URL {
        let palettes = [
            ("0x264653", "0xe9c46a"), ("0x1d3557", "0xa8dadc"), ("0x5f0f40", "0xfb8b24"),
            ("0x283618", "0xdda15e"), ("0x3d405b", "0xe07a5f"), ("0x0b3954", "0xbfd7ea"),
        ]
        // A handful of pictures, not one for each address, so that load tests with made-up addresses render
        // little.
        let index = Int(ContentHash.value(address) % UInt64(palettes.count))
        let (dark, light) = palettes[index]
        let gradient = "gradients=s=1280x720:c0=\(dark):c1=\(light):x0=0:y0=720:x1=1280:y1=0:n=2:seed=1"
        let source = "\(gradient),format=rgb24,drawgrid=w=160:h=160:t=2:c=white@0.25"
        return try await made(folder.inputs.appendingPathComponent("placeholder-\(index).png")) {
            ["-f", "lavfi", "-i", source, "-frames:v", "1", "-f", "image2", $0.path]
        }
    }

    /// How a picture stands. Fails when it is no picture.
    func shape(of picture: InputFile) async throws(RenderFailure) -> FrameSize.Shape {
        try await shapes.value(for: picture.hash) { () async throws(RenderFailure) in
            let arguments = [
                "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height",
                "-of", "csv=p=0", picture.file.path,
            ]
            let probe = await run("ffprobe", arguments, in: probeSlots)
            let line = probe.output.split(whereSeparator: \.isNewline).first ?? ""
            let sides = line.split(separator: ",").compactMap { Int($0) }
            guard probe.succeeded, sides.count == 2, sides.allSatisfy({ $0 > 0 }) else {
                throw RenderFailure(reason: "the input image cannot be read")
            }
            return FrameSize.Shape(width: sides[0], height: sides[1])
        }
    }

    /// The file at `target`, made by ffmpeg unless it is there already, perhaps from an earlier run.
    private func made(
        _ target: URL, by arguments: @escaping @Sendable (URL) -> [String]
    ) async throws(RenderFailure) -> URL {
        try await files.value(for: target) { () async throws(RenderFailure) in
            if FileManager.default.fileExists(atPath: target.path) { return target }
            let scratch = folder.scratchFile(".\(target.pathExtension)")
            let options = ["-v", "error", "-nostdin", "-y"]
            let outcome = await run("ffmpeg", options + arguments(scratch), in: renderSlots)
            guard outcome.succeeded, (try? moveIntoPlace(scratch, target)) != nil else {
                try? FileManager.default.removeItem(at: scratch)
                throw RenderFailure(reason: "rendering failed: \(Self.gist(of: outcome.output))")
            }
            return target
        }
    }

    private func run(
        _ program: String, _ arguments: [String], in slots: Slots
    ) async -> ChildProcesses.Outcome {
        await slots.take()
        let outcome: ChildProcesses.Outcome
        do {
            outcome = try await children.run(program, arguments, log: folder.scratchFile(".log"))
        } catch {
            outcome = .init(succeeded: false, output: "\(program) cannot be started: \(error)")
        }
        await slots.giveBack()
        return outcome
    }

    /// The last line of a log, without the folders it names: those are no client's business.
    private static func gist(of log: String) -> String {
        let line = log.split(whereSeparator: \.isNewline).last ?? "no message"
        return line.split(separator: " ").map { word in word.split(separator: "/").last ?? word }
            .joined(separator: " ")
    }
}
