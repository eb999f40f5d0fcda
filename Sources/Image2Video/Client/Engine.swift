/// The client's work on its thread: sends creates, looks at jobs when the plan says so, downloads, and ends
/// every operation exactly once. All of it belongs to the I/O thread.
final class Engine {
    /// Why an operation ends before its time.
    enum Interruption {
        case deadline
        case cancelled
        case closing
    }

    /// Looks that may find a completed video without an address before it counts as missing.
    private static let maxLooksWithoutURL = 5

    private let configuration: Configuration
    private let queue: CompletionQueue
    private let io: IOThread
    private let channel: Channel
    private let limit: ListLimit
    private let spending: Spending
    private let onEnd: (Job) -> Void
    private var plan: PollPlan
    private var works: [Int: Work] = [:]
    private var nextLook: Timers.ID?
    private var jitter: Jitter

    init(
        _ configuration: Configuration, queue: CompletionQueue, io: IOThread, channel: Channel,
        limit: ListLimit, spending: Spending, seed: UInt64, onEnd: @escaping (Job) -> Void
    ) {
        self.configuration = configuration
        self.queue = queue
        self.io = io
        self.channel = channel
        self.limit = limit
        self.spending = spending
        self.onEnd = onEnd
        jitter = Jitter(seed: seed)
        plan = PollPlan(
            interval: configuration.pollInterval, listSize: limit.size,
            jitter: Jitter(seed: seed ^ 0x5bd1_e995))
    }

    private var log: Log { configuration.log }

    // MARK: Creating

    func create(_ jobs: [Job], _ call: APICall, deadline: Int64) {
        let creation = Creation(jobs: jobs, call: call)
        for job in jobs { begin(Work(job, .creating(creation)), deadline: deadline) }
        send(creation)
    }

    /// Follows a video that was created elsewhere, or earlier.
    func attach(_ job: Job, deadline: Int64) {
        begin(Work(job, .waiting), deadline: deadline)
        job.move(to: .waiting)
        let now = Instant.now
        plan.add(job.number, kind: job.kind, created: now, now: now)
        plan.hasten(job.number, now: now)
        scheduleLook()
    }

    private func send(_ creation: Creation) {
        creation.attempts += 1
        creation.sending = channel.send(creation.call) { [self] in answered(creation, $0) }
    }

    private func answered(_ creation: Creation, _ reply: Channel.Reply) {
        creation.sending = nil
        switch reply.result {
        case .success(let answer):
            accept(
                creation, Create.outcomes(in: answer, of: creation.call.endpoint, asked: creation.jobs.count))
        case .failure(let error):
            guard let span = creation.pauseBeforeRepeating(error, reply, &jitter), isWanted(creation) else {
                fail(creation, error.ofCreate)
                break
            }
            log.warning("create: \(error.message); trying again in \(span) ms")
            creation.pause = io.timers.schedule(at: .now + span) { [self] in send(creation) }
        }
        scheduleLook()
    }

    private func accept(_ creation: Creation, _ outcomes: [Result<Video, I2VError>]) {
        for (index, outcome) in outcomes.enumerated() {
            guard index < creation.jobs.count else {
                if case .success(let video) = outcome { reportSurplus(video) }
                continue
            }
            let job = creation.jobs[index]
            switch outcome {
            case .success(let video): accept(job, video)
            case .failure(let error): refuse(job, error)
            }
        }
    }

    private func refuse(_ job: Job, _ error: I2VError) {
        if error.charge == .none { release(job) }
        if let work = works[job.number] { end(work, .failed, error) }
    }

    private func accept(_ job: Job, _ receipt: Video) {
        // A job that ended while its create was on the wire still learns its id: the video exists.
        job.accept(receipt)
        book(receipt, for: job)
        guard let work = works[job.number] else {
            return log.warning("video \(receipt.id ?? "") was created after its job had ended")
        }
        log.info("video \(receipt.id ?? "") created")
        work.stage = .waiting
        job.move(to: .waiting)
        push(.created, job, job.handler)
        let now = Instant.now
        plan.add(job.number, kind: job.kind, created: now, now: now)
        apply(receipt, to: work, isNew: false)
    }

    private func reportSurplus(_ video: Video) {
        log.warning("the service made a video more than was asked for: \(video.id ?? "")")
    }

    private func fail(_ creation: Creation, _ error: I2VError) {
        for job in creation.jobs { refuse(job, error) }
    }

    private func isWanted(_ creation: Creation, besides number: Int? = nil) -> Bool {
        creation.jobs.contains { $0.number != number && works[$0.number] != nil }
    }

    // MARK: Looking

    /// Sets the timer to the plan's next look.
    private func scheduleLook() {
        io.timers.cancel(nextLook)
        nextLook = nil
        let time = plan.next
        guard time != .never else { return }
        nextLook = io.timers.schedule(at: time) { [self] in
            look()
            scheduleLook()
        }
    }

    private func look() {
        while case let numbers = plan.take(now: .now), !numbers.isEmpty {
            let looked = numbers.compactMap { works[$0] }
            var ids: [String] = []
            for work in looked {
                if let id = work.job.id, !ids.contains(id) { ids.append(id) }
            }
            do {
                let call = try Results.call(for: ids)
                _ = channel.send(call, isUrgent: true) { [self] in seen(looked, $0) }
            } catch {
                plan.failed(numbers, now: .now, retryAfter: 0)
            }
        }
    }

    private func seen(_ looked: [Work], _ reply: Channel.Reply) {
        do {
            let videos = try Results.videos(in: reply.result.get())
            for work in looked where works[work.job.number] === work {
                work.lastFailure = nil
                work.answers += 1
                if let id = work.job.id, let video = videos[id] {
                    work.wasListed = true
                    apply(video, to: work, isNew: true)
                } else {
                    plan.goesOn(work.job.number, now: .now)
                }
            }
        } catch {
            if limit.shrinks(after: error, count: looked.count) {
                log.info("results: \(looked.count) ids are too many; asking about \(limit.size) at a time")
                plan.split(looked.map { $0.job.number }, into: limit.size, now: .now)
                return scheduleLook()
            }
            log.warning("results: \(error.message); \(looked.count) jobs are looked at later")
            for work in looked { work.lastFailure = error }
            plan.failed(looked.map { $0.job.number }, now: .now, retryAfter: reply.retryAfter)
        }
        scheduleLook()
    }

    /// Acts on what the service says of a video.
    private func apply(_ video: Video, to work: Work, isNew: Bool) {
        let job = work.job
        if isNew {
            book(video, for: job)
            if job.note(video) { push(.status, job, job.handler) }
        }
        switch ServiceStatus(rawValue: video.status) {
        case .completed: completed(video, work)
        case .failed: failed(video, work)
        case .queueing, .processing, nil:
            plan.goesOn(job.number, now: .now)
            job.note(expectedTime: plan.expected(job.kind))
        }
    }

    private func completed(_ video: Video, _ work: Work) {
        guard let url = video.videoURL else {
            work.looksWithoutURL += 1
            if work.looksWithoutURL <= Self.maxLooksWithoutURL {
                return plan.goesOn(work.job.number, now: .now)
            }
            return end(
                work, .failed,
                I2VError(
                    .noVideo, "the service calls the video completed but gives no address for it",
                    charge: .certain, json: video.json.text))
        }
        log.info("video \(video.id ?? "") finished")
        plan.finished(work.job.number, now: .now)
        if let target = work.job.target {
            download(url, to: target, work)
        } else {
            end(work, .completed, nil)
        }
    }

    private func failed(_ video: Video, _ work: Work) {
        let reason = video.failureReason
        let words = reason.map { ": \($0.shortened(to: 300))" } ?? " and does not say why"
        end(
            work, .failed,
            I2VError(
                .jobFailed, "the service could not make the video\(words)", httpStatus: 200,
                serviceMessage: reason, charge: .possible, json: video.json.text))
    }

    /// Something from outside says that the video changed: its job is looked at at once.
    func hasten(id: String) {
        for work in works.values where work.job.id == id { plan.hasten(work.job.number, now: .now) }
        scheduleLook()
    }

    // MARK: Spending

    /// What the service says it took. Without a word of it, the estimate stands.
    private func book(_ video: Video, for job: Job) {
        guard let estimate = job.estimate else { return }
        let said = video.deductionCredit.flatMap { (0...1e12).contains($0) ? $0 : nil }
        let credits = said ?? job.booked ?? estimate
        guard credits != job.booked else { return }
        spending.book(credits, replacing: job.booked ?? (job.isReleased ? 0 : nil), estimate: estimate)
        job.booked = credits
        job.isReleased = true
    }

    /// Nothing was taken for the job, and nothing will be.
    private func release(_ job: Job) {
        guard let estimate = job.estimate, !job.isReleased else { return }
        job.isReleased = true
        spending.release(estimate)
    }

    // MARK: Fetching

    func fetch(_ job: Job, _ target: Target, _ handler: Job.Handler?) {
        job.handler = handler
        let work = Work(job, .waiting)
        begin(work, deadline: configuration.jobDeadline)
        download(job.video?.videoURL ?? "", to: target, work)
    }

    private func download(_ url: String, to target: Target, _ work: Work) {
        let job = work.job
        let download = Download(
            url: url, expiry: job.video?.expiryTime, target: target, stallTimeout: configuration.stallTimeout,
            io: io,
            jitter: Jitter(seed: UInt64(job.number) &* 0x9E37_79B9_7F4A_7C15),
            onProgress: { [self] in progressed(work, received: $0, total: $1) },
            onEnd: { [self] error in end(work, error == nil ? .saved : .failed, error) })
        work.stage = .fetching(download)
        job.move(to: .fetching)
        download.start()
    }

    private func progressed(_ work: Work, received: Int64, total: Int64) {
        work.job.note(received: received, total: total)
        let now = Instant.now
        guard now - work.lastProgress >= 100 || received == total else { return }
        work.lastProgress = now
        push(.progress, work.job, work.job.handler)
    }

    // MARK: Beginning and ending

    private func begin(_ work: Work, deadline: Int64) {
        let number = work.job.number
        works[number] = work
        work.deadline = io.timers.schedule(at: .now + deadline) { [self] in interrupt(number, .deadline) }
    }

    /// Ends an operation that still goes on.
    func interrupt(_ number: Int, _ why: Interruption) {
        guard let work = works[number] else { return }
        var createGoesOn = false
        if case .creating(let creation) = work.stage {
            let isWanted = isWanted(creation, besides: number)
            createGoesOn = creation.mayHaveLeft || isWanted
            // Before the end is told: what the host does then may need the credits that were set aside.
            if !isWanted { letGo(creation) }
        }
        let error = work.interrupted(why, createGoesOn: createGoesOn)
        end(work, .failed, error)
        scheduleLook()
    }

    /// Nobody waits for the create any more. One that may have arrived goes on all the same: its answer tells
    /// the id of what was paid for.
    private func letGo(_ creation: Creation) {
        io.timers.cancel(creation.pause)
        if creation.mayHaveLeft, let sending = creation.sending { return channel.uncount(sending) }
        if let sending = creation.sending { channel.cancel(sending) }
        for job in creation.jobs { release(job) }
    }

    /// Ends everything, because the client goes.
    func shutDown() {
        for number in works.keys.sorted() { interrupt(number, .closing) }
    }

    private func end(_ work: Work, _ state: JobState, _ error: I2VError?) {
        let job = work.job
        guard works[job.number] === work else { return }
        works[job.number] = nil
        plan.remove(job.number)
        io.timers.cancel(work.deadline)
        if case .fetching(let download) = work.stage { download.cancel() }
        if let error { log.error("video \(job.id ?? "-"): \(error.message)") }
        if state == .saved { log.info("video \(job.id ?? "") saved") }
        let handler = job.handler
        job.handler = nil
        job.move(to: state, error: error)
        onEnd(job)
        push(.done, job, handler)
    }

    private func push(_ event: Event, _ job: Job, _ handler: Job.Handler?) {
        guard let handler else {
            if event == .done { queue.push(event, of: job, nil) }
            return
        }
        queue.push(event, of: job) { handler(job, event) }
    }
}
