import Foundation

/// All jobs and the account that pays for them. One actor, so that charging and creating are one step.
actor JobBook {
    nonisolated let clock: JobClock

    private let credits: Int
    private var account: Account
    private var jobs: [String: Job] = [:]
    private var order: [String] = []
    private var idsByVideo: [String: String] = [:]
    private var createsProcessed = 0
    /// Counts up for the life of the process, also over a reset, so that no id or video name ever returns.
    private var serial = 0
    private let idPrefix = UInt64.random(in: 0...UInt64.max)

    init(settings: Settings) {
        clock = settings.clock
        credits = settings.credits
        account = Account(credits: settings.credits)
    }

    /// Charges for and opens `count` jobs, all or none.
    func open(_ request: VideoRequest, count: Int = 1) throws -> [Job] {
        try account.charge(request.price * count)
        createsProcessed += 1
        return (0..<count).map { _ in
            serial += 1
            let time = now()
            let job = Job(
                id: String(format: "%016lx%08lx", UInt(idPrefix), UInt(serial)), created: time,
                request: request,
                videoName: String(format: "%ld-%04ld.mp4", time, serial))
            jobs[job.id] = job
            order.append(job.id)
            idsByVideo[job.videoName] = job.id
            return job
        }
    }

    func found(picture: URL, for id: String) { jobs[id]?.picture = picture }

    /// A job that a reset removed meanwhile is nobody's business any more.
    func finish(_ id: String, _ result: Result<URL, RenderFailure>) {
        jobs[id]?.outcome = Job.Outcome(at: now(), result: result)
    }

    func jobs(_ ids: [String]) -> [Job] { ids.compactMap { jobs[$0] } }

    /// The file behind a `video_url`, once the job is completed.
    func video(named name: String) -> URL? {
        guard let job = idsByVideo[name].flatMap({ jobs[$0] }),
            job.progress(at: now(), clock: clock).status == .completed
        else { return nil }
        return job.video
    }

    func newest(_ limit: Int) -> [Job] { order.suffix(limit).reversed().compactMap { jobs[$0] } }

    func totals() -> Totals {
        Totals(
            createsProcessed: createsProcessed, videosCreated: order.count,
            creditsLeft: account.left, creditsCharged: account.charged)
    }

    struct Totals: Sendable {
        let createsProcessed: Int
        let videosCreated: Int
        let creditsLeft: Int
        let creditsCharged: Int
    }

    func reset() {
        jobs = [:]
        order = []
        idsByVideo = [:]
        createsProcessed = 0
        account = Account(credits: credits)
    }
}
