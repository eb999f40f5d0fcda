import Foundation

/// The service's `status`.
enum JobStatus: Int, Sendable {
    case queueing = 1
    case processing = 2
    case completed = 3
    case failed = 4

    /// Nothing more will happen to the job.
    var isFinal: Bool { self == .completed || self == .failed }
}

/// One video in the making. Its status is not stored: it follows from the clock and from how rendering went.
struct Job: Sendable {
    let id: String
    let created: Milliseconds
    let request: VideoRequest
    /// The video that this one is with other sound; nil for one of its own.
    let original: Source?
    /// The file name in its `video_url`; another once that address has expired.
    var videoName: String
    /// This server as the caller of the create reached it.
    let origin: String
    /// The picture as found, for the status page.
    var picture: URL?
    var outcome: Outcome?
    /// What its address led to before the video was changed.
    var earlier: [Film] = []
    /// Its video cannot be had any more.
    var isGone = false

    /// A finished video as the start of another.
    struct Source: Sendable {
        let id: String
        let film: Film
        let picture: URL?
    }

    struct Outcome: Sendable {
        let at: Milliseconds
        let result: Result<Film, RenderFailure>
    }

    /// Where a job stands, and since when.
    struct Progress: Sendable {
        let status: JobStatus
        let since: Milliseconds
        /// 0 to 1, by the clock.
        let done: Double
    }

    var film: Film? { try? outcome?.result.get() }

    /// This job's video, to put other sound to.
    var source: Source? {
        film.map { Source(id: id, film: $0, picture: picture) }
    }

    var failure: String? {
        if case .failure(let failure) = outcome?.result { failure.reason } else { nil }
    }

    func progress(at time: Milliseconds, clock: JobClock) -> Progress {
        let duration = clock.duration(ofClip: request.seconds)
        let start = created + clock.queueing(ofClip: request.seconds)
        let end = created + duration
        let done = duration == 0 ? 1 : min(1, max(0, Double(time - created) / Double(duration)))
        guard time >= start else { return Progress(status: .queueing, since: created, done: done) }
        switch outcome {
        // A model would notice an unreadable picture when it starts on it, not when its time is up.
        case .some(let outcome) where failure != nil:
            return Progress(status: .failed, since: max(start, outcome.at), done: done)
        case .some(let outcome) where time >= end:
            return Progress(status: .completed, since: max(end, outcome.at), done: 1)
        default:
            return Progress(status: .processing, since: start, done: min(done, 0.99))
        }
    }
}

/// Videos made by one call.
struct Batch: Sendable {
    let id: String
    let count: Int
}
