/// The client's work on its thread: sends creates, polls jobs when the plan says so, downloads, and ends
/// every operation exactly once. All of it belongs to the I/O thread.
final class Engine {
    /// Why an operation ends before its time.
    enum Interruption {
        case deadline
        case cancelled
        case closing
        /// Another process has taken the job up.
        case lost
    }

    /// Polls that may find a completed video without an address before it counts as missing.
    private static let maxPollsWithoutURL = 5
    /// Milliseconds that the ledger may fail for before the hosts hear of it.
    private static let moment: Int64 = 1_000

    private let configuration: Configuration
    private let queue: CompletionQueue
    private let io: IOThread
    private let channel: Channel
    private let spending: Spending
    private let books: Bookkeeper
    private let onEnd: (Job) -> Void
    private var plan: PollPlan
    private var works: [Int: Work] = [:]
    private var nextPoll: Timers.ID?
    private var polls = 0
    /// The latest poll that says whether all polls fail, whatever they ask, as with refused credentials: its number, and
    /// whether they do.
    private var lastVerdict = 0
    private var isRefused = false
    /// Why the ledger cannot be written, and since when.
    private var ledgerTrouble: I2VError?
    private var ledgerTroubleSince: Instant?
    /// The videos that this client's jobs are about, and those of them that its creates made.
    private var knownIDs: Set<String> = []
    private var madeIDs: Set<String> = []
    /// The last ids that something was said of before this client knew them: webhooks that overtook the answer to
    /// their create.
    private var early: [String] = []
    /// Creates that are on their way.
    private var sent: [ObjectIdentifier: Creation] = [:]
    /// Creates that wait until the ledger can be written.
    private var held: [ObjectIdentifier: Creation] = [:]
    private let finder: Finder
    private var jitter: Jitter
    private var isClosing = false

    init(
        _ configuration: Configuration, queue: CompletionQueue, io: IOThread, channel: Channel,
        spending: Spending, books: Bookkeeper, seed: UInt64, onEnd: @escaping (Job) -> Void
    ) {
        self.configuration = configuration
        self.queue = queue
        self.io = io
        self.channel = channel
        self.spending = spending
        self.books = books
        self.onEnd = onEnd
        finder = Finder(configuration, channel: channel, io: io, jitter: Jitter(seed: seed &+ 2))
        jitter = Jitter(seed: seed)
        plan = PollPlan(
            interval: configuration.pollInterval, listSize: Int(configuration.pollListSize),
            jitter: Jitter(seed: seed ^ 0x5bd1_e995))
        finder.onEnd = { [self] in conclude($0, $1) }
        books.onLost = { [self] in interrupt($0.number, .lost) }
        books.onPermit = { creation, permit in
            if let sending = creation.sending { channel.send(sending, permit) }
        }
        books.onRefused = { [self] in holdBack($0, $1) }
        books.onHeldUp = { [self] in heldUp($0) }
        books.onRevived = { [self] in for work in works.values { self.books.note(work.job) } }
        books.isBusy = { [self] in !works.isEmpty }
    }

    private var log: Log { configuration.log }

    // MARK: Creating

    func create(_ jobs: [Job], _ call: APICall, deadline: Int64) {
        let creation = Creation(jobs: jobs, call: call, limit: .now + deadline)
        for job in jobs { begin(Work(job, .creating(creation)), deadline: deadline) }
        send(creation)
    }

    /// Follows a video that was created elsewhere, or earlier.
    func attach(_ job: Job, age: Int64 = 0, deadline: Int64) {
        let work = Work(job, .waiting)
        begin(work, deadline: deadline)
        follow(work, age: age)
    }

    /// Polls a video at once whose id is known.
    private func follow(_ work: Work, age: Int64) {
        let job = work.job
        work.stage = .waiting
        job.move(to: .waiting)
        books.note(job)
        learnID(of: job)
        let now = Instant.now
        plan.add(job.number, kind: job.kind, created: now + -age, now: now)
        plan.hasten(job.number, now: now)
        schedulePoll()
    }

    private func send(_ creation: Creation) {
        creation.pause = nil
        if books.holdsBack(creation) {
            creation.heldSince = creation.heldSince ?? .now
            return held[ObjectIdentifier(creation)] = creation
        }
        let onAdmitted = { [self] in books.intend(creation) }
        sent[ObjectIdentifier(creation)] = creation
        creation.sending = channel.send(creation.call, onAdmitted: onAdmitted) { [self] in
            answered(creation, $0)
        }
    }

    private func send(_ creation: Creation, in span: Int64) {
        creation.pause = io.timers.schedule(at: .now + span) { [self] in send(creation) }
    }

    private func stopSending(_ creation: Creation) {
        books.withdraw(creation)
        if let sending = creation.sending { channel.cancel(sending) }
        creation.sending = nil
        (sent[ObjectIdentifier(creation)], held[ObjectIdentifier(creation)]) = (nil, nil)
    }

    /// No byte of the create has left, or the service refused it: whoever resumes may send it.
    private func markUnsent(_ creation: Creation) {
        for job in creation.jobs {
            job.record.sent = nil
            books.note(job)
        }
    }

    /// The operation that the create is for; nil when the job ended, or was begun with anew.
    private func work(_ job: Job, of creation: Creation) -> Work? {
        guard let work = works[job.number], case .creating(let its) = work.stage, its === creation else {
            return nil
        }
        return work
    }

    /// The create could not be written as sent, so it gives up its turn until the ledger can be written.
    private func holdBack(_ creation: Creation, _ error: I2VError) {
        stopSending(creation)
        markUnsent(creation)
        if books.holdsBack(creation) { send(creation) } else { send(creation, in: 1_000) }
    }

    /// The ledger still cannot be written (the error), or can again.
    private func heldUp(_ error: I2VError?) {
        ledgerHinders(error)
        let creations = held.values.sorted { $0.number < $1.number }
        for creation in creations where held[ObjectIdentifier(creation)] != nil {
            if let error {
                if isPatient(creation) { continue }
                held[ObjectIdentifier(creation)] = nil
                let jobs = creation.jobs
                fail(creation, error)
                for job in jobs { books.forget(job) }
            } else {
                held[ObjectIdentifier(creation)] = nil
                creation.heldSince = nil
                send(creation)
            }
        }
    }

    /// A create that the ledger has as not sent waits until its deadline: a later process would send it, so it is
    /// this one's to send, too. Others wait for a failure that may pass, for a time.
    private func isPatient(_ creation: Creation) -> Bool {
        if creation.jobs.allSatisfy({ $0.record.row != nil }) { return true }
        return books.isHeldUp && .now - (creation.heldSince ?? .now) < Bookkeeper.longestWait
    }

    private func answered(_ creation: Creation, _ reply: Channel.Reply) {
        creation.sending = nil
        sent[ObjectIdentifier(creation)] = nil
        switch reply.result {
        case .success(let answer):
            accept(
                creation, Create.outcomes(in: answer, to: creation.call, asked: creation.jobs.count))
        case .failure(let error):
            guard !isClosing, let span = creation.pauseBeforeRepeating(error, reply, &jitter),
                isWanted(creation)
            else {
                // The ledger says so, too, that nothing of it left.
                if !reply.mayHaveLeft { markUnsent(creation) }
                fail(creation, error.ofCreate)
                break
            }
            log.warning("create: \(error.message); trying again in \(span) ms")
            // Nothing was made, and who has ended since wants nothing any more.
            for job in creation.jobs where work(job, of: creation) == nil {
                refuse(job, error, of: creation)
                creation.leaveOut(job)
            }
            markUnsent(creation)
            send(creation, in: span)
        }
        schedulePoll()
    }

    private func accept(_ creation: Creation, _ outcomes: [Create.Outcome]) {
        for (index, outcome) in outcomes.enumerated() {
            let job = index < creation.jobs.count ? creation.jobs[index] : nil
            switch outcome {
            case .made(let video):
                if let job, let error = foreign(video, to: job) {
                    refuse(job, error, of: creation)
                } else if let job, job.facts.id == nil || job.facts.id == video.id {
                    // A job may have found its video already, while the answer was on its way.
                    accept(job, video)
                } else {
                    keepSurplus(video, of: creation, at: index)
                }
            case .foreign(let video, let error):
                // A row of its own would keep the id from its job, which may be looked for in the account's list.
                log.warning("video \(video.id ?? "") was given to a create that did not ask for it")
                if let job { refuse(job, error, of: creation) }
            case .refused(let error):
                if let job { refuse(job, error, of: creation) }
            }
        }
    }

    /// The error for an answer that gives the job a video which the service gave to another create: it is the
    /// answer to another request, so this create's own is lost.
    private func foreign(_ video: Video, to job: Job) -> I2VError? {
        guard let id = video.id, job.facts.id == nil, madeIDs.contains(id) || books.hasMade(id, for: job)
        else { return nil }
        return I2VError(
            .outcomeUnknown,
            "the answer to the create names video \(id.shortened(to: 100)), which another create made: it answers "
                + "another request; a video may be in the making and charged", charge: .possible,
            json: video.json.text)
    }

    private func refuse(_ job: Job, _ error: I2VError, of creation: Creation) {
        if error.charge == .none { release(job) }
        if let work = work(job, of: creation) { return end(work, .failed, error) }
        guard error.charge == .none, job.facts.id == nil else { return }
        // It was told that nobody can know. Now it is known that nothing was made.
        if let work = works[job.number] {
            end(work, .failed, error)
        } else {
            job.move(to: .failed, error: error)
            books.note(job)
        }
    }

    private func accept(_ job: Job, _ receipt: Video) {
        guard job.facts.id == nil else { return }
        // A job that ended while its create was on the wire still learns its id: the video exists.
        book(receipt, for: job)
        job.accept(receipt)
        learnID(of: job)
        books.note(job)
        guard let work = works[job.number] else {
            job.record.isOpen = !job.wasCancelled
            return log.warning("video \(receipt.id ?? "") was created after its job had ended")
        }
        log.info("video \(receipt.id ?? "") created")
        finder.drop(work)
        work.stage = .waiting
        job.move(to: .waiting)
        push(.created, job, job.handler)
        let now = Instant.now
        plan.add(job.number, kind: job.kind, created: now, now: now)
        if isClosing { return interrupt(job.number, .closing) }
        apply(receipt, to: work, isNew: false)
        if let id = job.facts.id, early.contains(id) {
            early.removeAll { $0 == id }
            plan.hasten(job.number, now: now)
        }
    }

    /// The job has the id of a video that its create made.
    private func learnID(of job: Job) {
        guard let id = job.facts.id else { return }
        knownIDs.insert(id)
        if job.record.origin.call != nil { madeIDs.insert(id) }
    }

    /// It is paid for: the ledger keeps its id.
    private func keepSurplus(_ video: Video, of creation: Creation, at index: Int) {
        log.warning("the service made a video that nobody waits for: \(video.id ?? "")")
        let job = creation.jobs[0].surplus(at: index)
        job.accept(video)
        job.record.deduction = video.plausibleDeduction
        job.move(to: .waiting)
        books.note(job)
    }

    private func fail(_ creation: Creation, _ error: I2VError) {
        for job in creation.jobs { refuse(job, error, of: creation) }
    }

    private func isWanted(_ creation: Creation) -> Bool {
        creation.jobs.contains { work($0, of: creation) != nil }
    }

    // MARK: Going on with what another process began

    func resume(_ jobs: [Job]) {
        var unsent: [[Job]] = []
        for job in jobs {
            if job.facts.id != nil {
                resumeMade(job)
            } else if job.record.sent != nil {
                begin(Work(job, .waiting), deadline: job.record.origin.deadline)
                resumeLost(job)
            } else if unsent.last?[0].record.origin.submission == job.record.origin.submission {
                unsent[unsent.count - 1].append(job)
            } else {
                unsent.append([job])
            }
        }
        for jobs in unsent { resumeUnsent(jobs) }
    }

    private func resumeMade(_ job: Job) {
        let record = job.record
        let work = Work(job, .waiting)
        if let target = job.target {
            begin(work, deadline: record.origin.deadline)
            if PartFile.isFinished(target, record.partial, job: record.name) {
                if job.facts.video == nil, let video = job.facts.id.flatMap({ Video.named($0) }) {
                    _ = job.note(video)
                }
                return end(work, .saved, nil)
            }
            do {
                try target.check()
            } catch  where error.status == .fileExists {
                // It may be this very video, saved when the ledger could not be written: `PartFile` compares.
            } catch {
                return end(work, .failed, error)
            }
            return follow(work, age: max(0, WallClock.now - record.origin.submitted))
        }
        attach(job, age: max(0, WallClock.now - record.origin.submitted), deadline: record.origin.deadline)
    }

    private func resumeLost(_ job: Job) {
        guard let work = works[job.number], !isSaved(work) else { return }
        end(
            work, .failed,
            I2VError(
                .outcomeUnknown,
                "the process that sent the create ended before it had the answer; a video may be in the making "
                    + "and charged", charge: .possible))
    }

    /// The video was made and saved while the ledger could not be written: the file's mark tells its id.
    private func isSaved(_ work: Work) -> Bool {
        let job = work.job
        let name = job.record.name
        guard let target = job.target, let id = PartFile.savedID(target, job: name), !books.knows(id),
            let video = Video.named(id), PartFile.isFinished(target, job.record.partial, job: name)
        else { return false }
        job.accept(video)
        learnID(of: job)
        end(work, .saved, nil)
        return true
    }

    /// The create never left: it leaves now, unless it is too late for it.
    private func resumeUnsent(_ jobs: [Job]) {
        let origin = jobs[0].record.origin
        let age = max(0, WallClock.now - origin.submitted)
        let jobs = jobs.filter { job in
            do throws(I2VError) { try job.target?.check() } catch {
                endUnsent(job, error)
                return false
            }
            return true
        }
        guard !jobs.isEmpty else { return }
        guard let call = origin.call?.asking(for: jobs.count, of: origin.count), age < origin.deadline else {
            let error = I2VError(.deadline, "the job's deadline passed before the create was sent")
            for job in jobs { endUnsent(job, error) }
            return
        }
        create(jobs, call, deadline: origin.deadline - age)
    }

    private func endUnsent(_ job: Job, _ error: I2VError) {
        let work = Work(job, .waiting)
        begin(work, deadline: job.record.origin.deadline)
        release(job)
        end(work, .failed, error)
    }

    // MARK: Looking for what was lost

    func reconcile(_ jobs: [Job]) {
        for job in jobs {
            let work = Work(job, .searching)
            begin(work, deadline: job.record.origin.deadline)
            if isSaved(work) { continue }
            if let seeker = Search.Seeker(work) {
                finder.add(seeker)
            } else {
                end(work, .failed, Search.nothing)
            }
        }
    }

    private func conclude(_ seeker: Search.Seeker, _ error: I2VError?) {
        let work = seeker.work
        let job = work.job
        if let error { return end(work, .failed, Search.failed(error)) }
        do throws(I2VError) {
            for video in try seeker.candidates(isTaken: { knownIDs.contains($0) || books.knows($0) }) {
                switch try books.reserve(video.id ?? "", for: job) {
                case .taken: continue
                case .lost: return interrupt(job.number, .lost)
                case .given: return found(video, by: work)
                }
            }
            end(work, .failed, Search.nothing)
        } catch {
            end(work, .failed, error)
        }
    }

    private func found(_ video: Video, by work: Work) {
        let job = work.job
        book(video, for: job)
        job.accept(video)
        log.info("video \(job.facts.id ?? "") is the one whose create was lost")
        push(.created, job, job.handler)
        follow(work, age: max(0, WallClock.now - job.record.origin.submitted))
    }

    // MARK: Polling

    /// Polls overtake other requests, so they take half of what may be under way at once, and no more.
    private var mayPoll: Bool { plan.polls < max(1, Int(configuration.maxRequests) / 2) }

    /// Goes by the plan again once everything that is happening now has changed it.
    private func schedulePoll() {
        schedulePoll(at: .now)
    }

    private func schedulePoll(at time: Instant) {
        io.timers.cancel(nextPoll)
        nextPoll = time == .never ? nil : io.timers.schedule(at: time) { [self] in poll() }
    }

    private func poll() {
        while mayPoll, let poll = plan.take(now: .now) {
            let polled = poll.numbers.compactMap { works[$0] }
            var ids: [String] = []
            for work in polled {
                if let id = work.job.facts.id, !ids.contains(id) { ids.append(id) }
            }
            polls += 1
            do {
                let call = try Results.call(for: ids)
                _ = channel.send(call, isUrgent: true) { [self, polls] in answered(poll, polls, polled, $0) }
            } catch {
                failed(poll, polls, polled, error, retryAfter: 0)
            }
        }
        // The end of a poll brings the next, where there may be no more.
        schedulePoll(at: mayPoll ? plan.next : .never)
    }

    private func answered(
        _ poll: PollPlan.Poll, _ number: Int, _ polled: [Work], _ reply: Channel.Reply
    ) {
        do {
            let videos = try Results.videos(in: reply.result.get())
            judge(number, nil)
            for work in polled where works[work.job.number] === work {
                wentWell(work)
                work.answers += 1
                if let id = work.job.facts.id, let video = videos[id] {
                    work.wasListed = true
                    apply(video, to: work, isNew: true)
                } else if work.isGone {
                    end(work, .failed, work.expired)
                } else {
                    plan.goesOn(work.job.number, now: .now)
                }
            }
            plan.answered(poll, now: .now)
        } catch {
            let polled = polled.filter { works[$0.job.number] === $0 }
            failed(poll, number, polled, error, retryAfter: reply.retryAfter)
        }
        schedulePoll()
    }

    private func failed(
        _ poll: PollPlan.Poll, _ number: Int, _ polled: [Work], _ error: I2VError, retryAfter: Int64
    ) {
        let fate = plan.failed(poll, error.blame, now: .now, retryAfter: retryAfter)
        log.info("results: \(polled.count) ids: \(error.message)")
        if error.status == .auth || plan.isOut { judge(number, error) }
        // Halves may be answered in a moment, unless the service fails: then they may not be polled for long.
        guard fate == .delayed || error.blame == .unclear else { return }
        hinder(polled.filter { $0.failed(error) }, error)
        if plan.isDown { judge(number, error) }
    }

    /// A poll says that all fail, as with refused credentials or a service that is down, or that they do not. That is
    /// news of all jobs, but where a later poll has said otherwise already. Other reasons than credentials may take
    /// turns while nothing is answered: a job that has one hears of the next by polls of its own.
    private func judge(_ number: Int, _ refusal: I2VError?) {
        guard number > lastVerdict else { return }
        // Polls that are under way when one is refused may have been accepted before it.
        lastVerdict = refusal == nil ? number : polls
        if let refusal {
            let isOfCredentials = refusal.status == .auth
            hinder(
                works.values.filter { $0.isWaiting && (isOfCredentials || $0.job.facts.error == nil) },
                refusal)
        } else if isRefused {
            hinder(
                works.values.filter { $0.isWaiting && ($0.lastFailure?.blame ?? Blame.none) == Blame.none },
                nil)
        }
        isRefused = refusal != nil
    }

    private func wentWell(_ work: Work) {
        work.failures = 0
        work.lastFailure = nil
        if !isRefused { hinder(work, nil) }
    }

    // MARK: What hinders jobs that go on

    /// Tells the host of a job that goes on what hinders it; nil when nothing does any more.
    func hinder(_ work: Work, _ error: I2VError?) {
        hinder([work], error)
    }

    /// The ledger cannot be written (the error), or can again. For a moment that is nobody's concern.
    private func ledgerHinders(_ error: I2VError?) {
        let since = ledgerTroubleSince ?? .now
        ledgerTroubleSince = error == nil ? nil : since
        guard .now - since >= Self.moment || error == nil && ledgerTrouble != nil else { return }
        ledgerTrouble = error
        if error != nil { return hinder(Array(works.values), error) }
        for work in works.values where work.job.facts.error?.status == .ledger { hinder(work, nil) }
    }

    private func hinder(_ works: [Work], _ error: I2VError?) {
        // Polls that are answered do not make up for it.
        let error = error ?? ledgerTrouble
        let paid = error?.with(charge: .certain)
        let told = works.filter { $0.job.hinder($0.job.isKnownToExist ? paid : error) }
        for work in told {
            books.tell(work.job)
            if error != nil { push(.warning, work.job, work.job.handler) }
        }
        guard !told.isEmpty else { return }
        if let error {
            log.warning("\(told.count) jobs are hindered and go on: \(error.message)")
        } else {
            log.info("\(told.count) jobs are not hindered any more")
        }
    }

    /// Acts on what the service says of a video.
    private func apply(_ video: Video, to work: Work, isNew: Bool) {
        let job = work.job
        books.tell(job)
        if isNew {
            book(video, for: job)
            if job.note(video) {
                books.note(job)
                push(.status, job, job.handler)
            }
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
            work.pollsWithoutURL += 1
            if work.pollsWithoutURL <= Self.maxPollsWithoutURL {
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

    /// Something from outside says that the video changed: its job is polled at once.
    func hasten(id: String) {
        if !knownIDs.contains(id) { early = early.suffix(255) + [id] }
        for work in works.values where work.job.facts.id == id { plan.hasten(work.job.number, now: .now) }
        schedulePoll()
    }

    // MARK: Spending

    /// What the service says it took. Without a word of it, the estimate stands.
    private func book(_ video: Video, for job: Job) {
        let said = video.plausibleDeduction
        if said == nil, video.deductionCredit != job.facts.video?.deductionCredit {
            log.warning(
                "video \(video.id ?? ""): the service says a deduction_credit that cannot be; it is not booked"
            )
        }
        spending.prices.note(said, of: video, for: job)
        if let said { job.record.deduction = said }
        guard let estimate = job.estimate else { return }
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

    func fetch(_ job: Job, _ target: Target, insteadOf former: Target?, _ handler: Job.Handler?) {
        job.handler = handler
        if let former, former.location != target.location, let partial = job.record.partial {
            PartFile.remove(former, partial)
            job.record.partial = nil
        }
        let work = Work(job, .waiting)
        begin(work, deadline: configuration.jobDeadline)
        download(job.facts.video?.videoURL ?? "", to: target, work)
    }

    private func download(_ url: String, to target: Target, _ work: Work) {
        let job = work.job
        let download = Download(
            url: url, expiry: job.facts.video?.expiryTime, target: target,
            mark: books.keeps ? job.facts.id.map { FileMark(job: job.record.name, id: $0) } : nil,
            settings: .init(
                stallTimeout: configuration.stallTimeout, maxBytes: configuration.maxVideoBytes),
            io: io, limit: work.limit, jitter: Jitter(seed: UInt64(job.number) &* 0x9E37_79B9_7F4A_7C15),
            owner: .init(
                onProgress: { [self] in progressed(work, received: $0, total: $1) },
                onPartial: { [self] in keep($0, of: work) },
                onWhole: { [self] partial, name in
                    keep(partial, of: work)
                    books.afterwards(name)
                },
                onGone: { [self] in renew(work, Backoff(), $0) },
                onEnd: { [self] error in end(work, error == nil ? .saved : .failed, error) }))
        work.stage = .fetching(download)
        job.move(to: .fetching)
        work.isFirstIntent = job.record.partial == nil
        if work.isFirstIntent { job.record.partial = .intended }
        books.note(job)
        books.afterwards { download.start(continuing: job.record.partial) }
    }

    private func keep(_ partial: Record.Partial?, of work: Work) {
        guard work.job.record.partial != partial else { return }
        work.job.record.partial = partial
        books.note(work.job)
    }

    /// Asks for the address of a finished video once more, again and again while nobody says anything of it: as
    /// with any poll, only the job's own deadline ends it.
    private func renew(_ work: Work, _ backoff: Backoff, _ answer: @escaping (String?) -> Void) {
        guard let id = work.job.facts.id, let call = try? Results.call(for: [id]) else { return answer(nil) }
        _ = channel.send(call, isUrgent: true) { [self] reply in
            guard works[work.job.number] === work else { return }
            do throws(I2VError) {
                guard let video = try Results.videos(in: reply.result.get())[id] else {
                    throw I2VError(.idUnknown, "the service does not list the video", isRetryable: true)
                }
                wentWell(work)
                hinder(work, nil)
                _ = work.job.note(video)
                books.note(work.job)
                answer(video.videoURL)
            } catch {
                if work.failed(error) || error.status == .auth { hinder(work, error) }
                var backoff = backoff
                let span = backoff.next(retryAfter: reply.retryAfter, &jitter)
                _ = io.timers.schedule(at: .now + span) { [self] in
                    if works[work.job.number] === work { renew(work, backoff, answer) }
                }
            }
        }
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
        work.job.wasCancelled = false
        work.limit = .now + deadline
        work.deadline = io.timers.schedule(at: work.limit) { [self] in interrupt(number, .deadline) }
        work.job.record.isOpen = true
        books.note(work.job)
    }

    /// Ends an operation that still goes on.
    func interrupt(_ number: Int, _ why: Interruption) {
        guard let work = works[number] else { return }
        var createGoesOn = false
        if case .creating(let creation) = work.stage {
            createGoesOn = creation.mayHaveLeft
            // Before the end is told: what the host does then may need the credits that were set aside.
            if !createGoesOn { takeOut(work.job, of: creation) }
        }
        if case .cancelled = why { work.job.wasCancelled = true }
        let error = work.interrupted(why, createGoesOn: createGoesOn)
        end(work, .failed, error)
        if createGoesOn { letGo(work) }
        schedulePoll()
    }

    /// A create that has not left leaves without the job, or not at all.
    private func takeOut(_ job: Job, of creation: Creation) {
        stopSending(creation)
        release(job)
        creation.leaveOut(job)
        job.record.sent = nil
        if creation.jobs.isEmpty {
            io.timers.cancel(creation.pause)
        } else if creation.pause == nil {
            send(creation)
        }
    }

    /// A create that nobody waits for any more goes on all the same: its answer tells the id of what was paid for.
    private func letGo(_ work: Work) {
        guard case .creating(let creation) = work.stage, let sending = creation.sending, !isWanted(creation)
        else { return }
        channel.uncount(sending)
    }

    /// Ends everything, because the client goes, but for creates that may have arrived: their answers tell what
    /// was paid for, also where their jobs have ended.
    func prepareShutDown() {
        isClosing = true
        for number in works.keys.sorted() {
            if case .creating(let creation) = works[number]?.stage, creation.mayHaveLeft { continue }
            interrupt(number, .closing)
        }
    }

    var isIdle: Bool { works.isEmpty && sent.isEmpty }

    /// Ends the rest.
    func shutDown() {
        for number in works.keys.sorted() { interrupt(number, .closing) }
        finder.shutDown()
        (sent, held) = ([:], [:])
    }

    private func end(_ work: Work, _ state: JobState, _ error: I2VError?) {
        let job = work.job
        // Whatever went wrong: a video that the service told of was paid for, unless it could not make it.
        let isPaid = job.isKnownToExist && error?.status != .jobFailed
        let error = error.map { isPaid ? $0.with(charge: .certain) : $0 }
        guard works[job.number] === work else { return }
        works[job.number] = nil
        plan.remove(job.number)
        io.timers.cancel(work.deadline)
        let isOpen = books.keeps && work.staysOpen(state, error)
        job.record.isOpen = isOpen
        if case .searching = work.stage { finder.drop(work) }
        if case .fetching(let download) = work.stage {
            // Another process that has taken the job up begins anew: it cannot have had this part file.
            download.cancel(keeps: isOpen && !job.record.isLost)
            // What is there under the part file's name is somebody else's.
            if work.isFirstIntent, !download.hasBegun { job.record.partial = nil }
        }
        if !isOpen, let target = job.target {
            if let partial = job.record.partial { PartFile.remove(target, partial) }
            PartFile.remove(target, begunFor: job.record.name)
            job.record.partial = nil
        }
        // A whole copy that an earlier process left beside the video.
        if state == .saved, let target = job.target {
            PartFile.remove(target, .intended)
            books.afterwards { [books] in if books.isOnDisk(job) { PartFile.unmark(target) } }
        }
        if let error { log.error("video \(job.facts.id ?? "-"): \(error.message)") }
        if state == .saved { log.info("video \(job.facts.id ?? "") saved") }
        let handler = job.handler
        job.handler = nil
        job.move(to: state, error: error)
        books.note(job)
        onEnd(job)
        push(.done, job, handler)
    }

    private func push(_ event: Event, _ job: Job, _ handler: Job.Handler?) {
        guard handler != nil || event == .done else { return }
        // What a host is told of is on disk.
        books.afterwards { [queue] in
            queue.push(event, of: job, handler.map { handler in { handler(job, event) } })
        }
    }
}
