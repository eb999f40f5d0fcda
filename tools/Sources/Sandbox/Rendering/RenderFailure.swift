/// Why a job has no video, as its `error_reason` says it.
struct RenderFailure: Error, Sendable {
    let reason: String
}
