import Foundation

/// All jobs and the account that pays for them. One actor, so that charging and creating are one step.
actor JobBook {
    nonisolated let clock: JobClock

    private let credits: Int
    private var account: Account
    private var jobs: [String: Job] = [:]
    private var order: [String] = []
    /// Jobs that were deleted, for the record of creates.
    private var deleted: [String: Job] = [:]
    private var addresses = VideoAddresses()
    private var records: [CreateRecord] = []
    /// How many creates came with each body.
    private var bodies: [String: Int] = [:]
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
        let moment = Moment.now()
        bodies[order.body, default: 0] += 1
        return (0..<order.count).map { _ in
            let job = newJob(order)
            jobs[job.id] = job
            self.order.append(job.id)
            addresses.add(job.videoName, for: job.id)
            records.append(
                CreateRecord(
                    create: createsProcessed, route: order.route, arrival: order.arrival, acted: moment,
                    body: order.body, job: job))
            return job
        }
    }

    private func newJob(_ order: Order) -> Job {
        serial += 1
        let time = now()
        return Job(
            id: order.idForm.id(prefix: idPrefix, serial: serial), created: time,
            request: order.request, original: order.original?.source,
            videoName: newVideoName(at: time), origin: order.origin)
    }

    private func newVideoName(at time: Milliseconds) -> String {
        String(format: "%ld-%04ld.mp4", time, serial)
    }

    func found(picture: URL, for id: String) { jobs[id]?.picture = picture }

    /// A job that a reset removed meanwhile is nobody's business any more.
    func finish(_ id: String, _ result: Result<Film, RenderFailure>) {
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
            self.deleted[id] = job
            addresses.remove(job.videoName)
            deleted.append(id)
        }
        let gone = Set(deleted)
        if !gone.isEmpty { order.removeAll { gone.contains($0) } }
        return (deleted, refused)
    }

    /// Everything that was paid for, in the order it was made.
    var creates: [CreateRecord] {
        records.map { record in
            var record = record
            record.job = jobs[record.job.id] ?? deleted[record.job.id] ?? record.job
            record.sameBody = bodies[record.body] ?? 0
            return record
        }
    }

    /// What is at a `video_url`: the film, from the job's completion until it is a week old. `extra` makes it
    /// older than it is.
    func video(named name: String, aged extra: Milliseconds = 0) -> Found {
        if addresses.hasExpired(name) { return .refused }
        let time = now()
        guard let job = addresses.id(at: name).flatMap({ jobs[$0] }), !job.isGone,
            time - job.created + extra <= Self.week,
            job.progress(at: time, clock: clock).status == .completed, let film = job.film
        else { return .nothing }
        return .film(film)
    }

    func id(ofVideoNamed name: String) -> String? { addresses.id(at: name) }

    enum Found: Sendable {
        case film(Film)
        case refused
        case nothing
    }

    /// Lets the video at an address suffer; where there is none, nothing happens.
    func apply(_ fault: VideoFault, toVideoNamed name: String) {
        guard let id = addresses.id(at: name), var job = jobs[id] else { return }
        switch fault {
        case .changeEntity:
            guard let film = job.film, let other = try? film.replacement(), let outcome = job.outcome else {
                return
            }
            job.earlier.append(film)
            job.outcome = Job.Outcome(at: outcome.at, result: .success(other))
        case .expire:
            addresses.expire(name)
            serial += 1
            job.videoName = newVideoName(at: now())
            addresses.add(job.videoName, for: id)
        case .gone:
            job.isGone = true
        }
        jobs[id] = job
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
        deleted = [:]
        addresses = VideoAddresses()
        records = []
        bodies = [:]
        createsProcessed = 0
        account = Account(credits: credits)
    }
}
