import Foundation

/// Turns opened jobs into videos, beside the clock: rendering starts when a job is created, so that the file
/// is usually there before its time is up.
struct Studio: Sendable {
    let book: JobBook
    let inputs: InputResolver
    let renderer: Renderer
    let mode: RenderMode
    let herald: Herald

    func start(_ jobs: [Job]) {
        for job in jobs {
            Task { await herald.tellBeginning(of: job) }
            Task {
                do throws(RenderFailure) {
                    await book.finish(job.id, .success(try await film(job)))
                } catch {
                    await book.finish(job.id, .failure(error))
                }
                await herald.tellEnd(of: job)
            }
        }
    }

    private func film(_ job: Job) async throws(RenderFailure) -> Film {
        switch mode {
        case .filler(let size):
            let created = Date(timeIntervalSince1970: Double(job.created) / 1000)
            return .filler(FillerVideo(id: job.id, size: size, modified: created))
        case .ffmpeg:
            return .file(try await render(job))
        }
    }

    private func render(_ job: Job) async throws(RenderFailure) -> URL {
        if let original = job.original { return try await dub(original, job) }
        let request = job.request
        let picture = try await inputs.picture(at: request.imageURL, field: "image_url")
        await book.found(picture: picture.file, for: job.id)
        var last: InputFile?
        if !request.lastImageURL.isEmpty {
            last = try await inputs.picture(at: request.lastImageURL, field: "last_image_url")
        }
        let shape = try await renderer.shape(of: picture)
        return try await renderer.video(
            Recipe(
                picture: picture, last: last,
                size: FrameSize(resolution: request.resolution, shape: shape),
                shots: request.shots,
                soundtrack: try await soundtrack(of: request)))
    }

    private func dub(_ original: Job.Source, _ job: Job) async throws(RenderFailure) -> URL {
        guard let file = original.film.file else { throw RenderFailure(reason: "the video cannot be read") }
        let video = InputFile(file: file, hash: file.deletingPathExtension().lastPathComponent)
        if let picture = original.picture { await book.found(picture: picture, for: job.id) }
        return try await renderer.video(
            Dub(
                video: video, seconds: job.request.seconds,
                soundtrack: try await soundtrack(of: job.request)))
    }

    private func soundtrack(of request: VideoRequest) async throws(RenderFailure) -> Soundtrack {
        switch request.sound {
        case .none: .silent
        case .generated: .ambience
        case .uploaded: try await inputs.sound(at: request.audioURL, field: "audio_url")
        }
    }
}
