import Foundation

/// All jobs and the account that pays for them. One actor, so that charging and creating are one step.
actor JobBook {
    nonisolated let clock: JobClock

    private let credits: Int
    private var account: Account
    private var jobs: [String: Job] = [:]
    private var order: [String] = []
    private var idsByVideo: [String: String] = [:]
    private var records: [CreateRecord] = []
    private var createsProcessed = 0
    /// Counts up for the life of the process, also over a reset, so that no id or video name ever returns.
    private var serial = 0
    private let idPrefix = UInt64.random(in: 0...UInt64.max)

    init(settings: Settings) {
        clock = settings.clock
        credits = settings.credits
        account = Account(credits: settings.credits)
    }

    /// Charges for and opens what is ordered, all or none.
    func open(_ order: Order) throws -> [Job] {
        try account.charge(order.request.price * order.count)
        createsProcessed += 1
        return (0..<order.count).map { _ in
            let job = newJob(order)
            jobs[job.id] = job
            self.order.append(job.id)
            idsByVideo[job.videoName] = job.id
            records.append(CreateRecord(create: createsProcessed, route: order.route, job: job))
            return job
        }
    }

    private func newJob(_ order: Order) -> Job {
        serial += 1
        let time = now()
        return Job(
            id: String(format: "%016lx%08lx", UInt(idPrefix), UInt(serial)), created: time,
            request: order.request, original: order.original?.source,
            videoName: String(format: "%ld-%04ld.mp4", time, serial), origin: order.origin)
    }

    func found(picture: URL, for id: String) { jobs[id]?.picture = picture }

    /// A job that a reset removed meanwhile is nobody's business any more.
    func finish(_ id: String, _ result: Result<URL, RenderFailure>) {
        jobs[id]?.outcome = Job.Outcome(at: now(), result: result)
    }

    func jobs(_ ids: [String]) -> [Job] { ids.compactMap { jobs[$0] } }

    /// A video that something can be done with.
    func finished(_ id: String) throws -> Job {
        guard let job = jobs[id] else { throw ServiceError.missing("pre_video_id") }
        guard job.progress(at: now(), clock: clock).status == .completed else {
            throw ServiceError.unfinished
        }
        return job
    }

    /// Forgets videos, unless they are still being worked on. Their files stay, as other jobs may share them.
    func delete(_ ids: [String]) -> (deleted: [String], refused: [(id: String, reason: String)]) {
        var deleted: [String] = []
        var refused: [(id: String, reason: String)] = []
        for id in ids {
            guard let job = jobs[id] else {
                refused.append((id, "you do not have permission to delete this video"))
                continue
            }
            guard job.progress(at: now(), clock: clock).status.isFinal else {
                refused.append((id, "video resource is processing, please try again later"))
                continue
            }
            jobs[id] = nil
            idsByVideo[job.videoName] = nil
            deleted.append(id)
        }
        let gone = Set(deleted)
        if !gone.isEmpty { order.removeAll { gone.contains($0) } }
        return (deleted, refused)
    }

    /// Everything that was paid for, in the order it was made.
    var creates: [CreateRecord] { records }

    /// The file behind a `video_url`, from the job's completion until it is a week old. `extra` makes it older
    /// than it is.
    func video(named name: String, aged extra: Milliseconds = 0) -> URL? {
        let time = now()
        guard let job = idsByVideo[name].flatMap({ jobs[$0] }), time - job.created + extra <= Self.week,
            job.progress(at: time, clock: clock).status == .completed
        else { return nil }
        return job.video
    }

    private static let week: Milliseconds = 7 * 86_400_000

    func newest(_ limit: Int) -> [Job] { order.suffix(limit).reversed().compactMap { jobs[$0] } }

    /// One page of all jobs, newest first, and how many there are.
    func page(_ number: Int, size: Int) -> (jobs: [Job], count: Int) {
        let rows = order.reversed().dropFirst((number - 1) * size).prefix(size)
        return (rows.compactMap { jobs[$0] }, order.count)
    }

    func totals() -> Totals {
        Totals(
            createsProcessed: createsProcessed, videosCreated: records.count,
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
        records = []
        createsProcessed = 0
        account = Account(credits: credits)
    }
}
