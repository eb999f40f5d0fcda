import Foundation

/// Turns opened jobs into files, beside the clock: rendering starts when a job is created, so that the file
/// is usually there before its time is up.
struct Studio: Sendable {
    let book: JobBook
    let inputs: InputResolver
    let renderer: Renderer

    func start(_ jobs: [Job]) {
        for job in jobs {
            Task {
                do throws(RenderFailure) {
                    await book.finish(job.id, .success(try await render(job)))
                } catch {
                    await book.finish(job.id, .failure(error))
                }
            }
        }
    }

    private func render(_ job: Job) async throws(RenderFailure) -> URL {
        let request = job.request
        let picture = try await inputs.picture(at: request.imageURL, field: "image_url")
        await book.found(picture: picture.file, for: job.id)
        var last: InputFile?
        if !request.lastImageURL.isEmpty {
            last = try await inputs.picture(at: request.lastImageURL, field: "last_image_url")
        }
        let soundtrack: Soundtrack =
            switch request.sound {
            case .none: .silent
            case .generated: .ambience
            case .uploaded: try await inputs.sound(at: request.audioURL, field: "audio_url")
            }
        let shape = try await renderer.shape(of: picture)
        return try await renderer.video(
            Recipe(
                picture: picture, last: last,
                size: FrameSize(resolution: request.resolution, shape: shape),
                seconds: request.seconds,
                move: CameraMove(named: request.effectCode.isEmpty ? request.prompt : request.effectName),
                soundtrack: soundtrack))
    }
}
