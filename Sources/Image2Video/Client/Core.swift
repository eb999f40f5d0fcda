import CSystem

/// What a client and its jobs share: it outlives the client as long as somebody holds a job.
final class Core: @unchecked Sendable {
    let configuration: Configuration
    let queue: CompletionQueue
    private let io: IOThread
    private let channel: Channel
    private let engine: Engine
    private let inquirer: Inquirer
    private let books: Bookkeeper
    private let ledger: Ledger?
    private let problem: LedgerProblem
    private let process: pid_t
    private let lock = Lock()
    private var isClosed = false
    private var lastNumber = 0
    /// Files that jobs under way save to: two of them must not write the same one.
    private let targets: BusyTargets
    private let unsaved: UnsavedVideos
    let spending: Spending

    /// Milliseconds that the end waits for the answers of creates that are on the wire.
    private static let patience: Int64 = 2_000

    private init(
        _ configuration: Configuration, queue: CompletionQueue, transport: Transport, ledger: Ledger?,
        problem: LedgerProblem
    ) {
        self.configuration = configuration
        self.queue = queue
        self.ledger = ledger
        self.problem = problem
        process = getpid()
        let targets = BusyTargets()
        self.targets = targets
        io = IOThread(transport: transport)
        let seed =
            UInt64(truncatingIfNeeded: Instant.now.milliseconds) &* 0x2545_F491_4F6C_DD1D ^ UInt64(process)
        channel = Channel(configuration, io: io)
        let books = Bookkeeper(
            ledger, isRequired: configuration.isLedgerRequired, io: io, log: configuration.log,
            problem: problem)
        self.books = books
        let unsaved = UnsavedVideos()
        self.unsaved = unsaved
        let spending = Spending(limit: configuration.maxCredits, prices: PriceHistory(ledger))
        self.spending = spending
        let watch = configuration.expiryWarning.map { [io] in ExpiryWatch($0, io: io, queue: queue) }
        engine = Engine(
            configuration, queue: queue, io: io, channel: channel, spending: spending, books: books,
            seed: seed
        ) { job in
            targets.release(job.target)
            let facts = job.facts
            guard let video = facts.video, video.status == ServiceStatus.completed.rawValue else { return }
            unsaved.note(facts.id, isSaved: facts.state == .saved)
            watch?.note(video, isSaved: facts.state == .saved)
        }
        inquirer = Inquirer(
            configuration, queue: queue, io: io, channel: channel, jitter: Jitter(seed: ~seed)
        ) { id in
            unsaved.note(id, isSaved: true)
            watch?.forget(id)
        }
        io.settle = { books.settle() }
        io.atEnd = { books.close() }
        if configuration.delivery == .thread {
            io.afterTurn = { [queue] in queue.drain() }
        }
    }

    static func start(_ configuration: Configuration) throws(I2VError) -> Core {
        try configuration.validate()
        let settings = Transport.Settings(
            userAgent: configuration.userAgent, connectTimeout: configuration.connectTimeout,
            caFile: configuration.caFile, proxies: try Proxies(configuration.proxy),
            maxRequests: configuration.maxRequests, maxDownloads: configuration.maxDownloads,
            maxRate: configuration.maxRate)
        let problem = LedgerProblem()
        let ledger = try openLedger(configuration, problem)
        let core = Core(
            configuration, queue: try .make(), transport: try .make(settings), ledger: ledger,
            problem: problem)
        do {
            try core.io.start()
        } catch {
            core.books.close()
            throw error
        }
        return core
    }

    private static func openLedger(
        _ configuration: Configuration, _ problem: LedgerProblem
    ) throws(I2VError) -> Ledger? {
        guard let path = configuration.ledger else { return nil }
        do {
            return try Ledger.open(path, baseURL: configuration.baseAddress)
        } catch {
            if configuration.isLedgerRequired { throw error }
            configuration.log.error("going on without the ledger: \(error.message)")
            problem.set(error)
            return nil
        }
    }

    /// Throws why what is submitted is not written down.
    func checkLedger() throws(I2VError) {
        try checkUsable()
        if let error = problem.current { throw error }
        guard let ledger else { throw I2VError(.invalidState, "the client was configured without a ledger") }
        try ledger.checkPlace()
    }

    /// In a child of the process that made the client nothing works: its thread is not there.
    var isForked: Bool { getpid() != process }

    func checkUsable() throws(I2VError) {
        if isForked {
            throw I2VError(.forked, "the client was created before fork; create a new one in this process")
        }
    }

    // MARK: Starting

    func submit(_ request: VideoRequest, _ handler: Job.Handler?) throws(I2VError) -> [Job] {
        try checkUsable()
        let route = try request.route()
        let wanted = try request.targets()
        let deadline = request.deadline ?? configuration.jobDeadline
        var origin = Record.Origin(deadline: deadline)
        origin.call = try Create.call(
            for: request, by: route, nonce: ledger == nil ? nil : origin.submission)
        origin.count = request.effectiveCount
        let estimate = observed(origin.call, request.kind) ?? Estimate.perVideo(request)
        return try start(origin, request.kind, estimate: estimate, wanted, handler)
    }

    /// The price of one video of the create's kind, by what was charged before.
    private func observed(_ call: APICall?, _ kind: Kind) -> Estimate? {
        call.flatMap { PriceKind($0, kind) }.flatMap { spending.prices.estimate($0) }
    }

    /// For all videos of a request, which need not be complete.
    func estimate(_ request: VideoRequest) throws(I2VError) -> Estimate {
        try checkUsable()
        let observed = request.priceKind.flatMap { spending.prices.estimate($0) }
        return (observed ?? Estimate.perVideo(request)) * request.effectiveCount
    }

    func attach(
        _ id: String, _ target: Target?, deadline: Int64?, _ handler: Job.Handler?
    ) throws(I2VError) -> Job {
        try checkUsable()
        guard VideoID.isUsable(id) else { throw .invalid("id", "id is empty or no id of a video") }
        let limit = try checked(target, deadline)
        // A kind of its own: how old the video is, is not known.
        let kind = Kind(model: "attached", resolution: "", seconds: 5)
        let origin = Record.Origin(deadline: limit)
        return try start(origin, kind, estimate: nil, target.map { [$0] } ?? [], id: id, handler)[0]
    }

    func updateAudio(
        of id: String, _ type: AudioType, _ url: String?, _ target: Target?, deadline: Int64?,
        _ handler: Job.Handler?
    ) throws(I2VError) -> Job {
        try checkUsable()
        guard VideoID.isUsable(id) else { throw .invalid("id", "id is empty or no id of a video") }
        try AudioType.check(type, url)
        let limit = try checked(target, deadline)
        var origin = Record.Origin(deadline: limit)
        origin.call = try Create.audioCall(for: id, type, url)
        let kind = Kind(model: "audio", resolution: "", seconds: 5)
        // The table's shortest and longest differ by a factor of two, and which it is nobody knows here.
        let estimate = observed(origin.call, kind)?.widened(by: 2) ?? Estimate.sound
        return try start(origin, kind, estimate: estimate, target.map { [$0] } ?? [], handler)[0]
    }

    /// The deadline that counts, for a target that can be written.
    private func checked(_ target: Target?, _ deadline: Int64?) throws(I2VError) -> Int64 {
        try target?.check()
        if let deadline { try Limit.deadline.check(deadline) }
        return deadline ?? configuration.jobDeadline
    }

    /// Starts the jobs of one create, or, with an id, one that follows a video.
    private func start(
        _ origin: Record.Origin, _ kind: Kind, estimate: Estimate?, _ wanted: [Target], id: String? = nil,
        _ handler: Job.Handler?
    ) throws(I2VError) -> [Job] {
        let count = origin.count
        try checkRoom(for: count)
        let reserve = (estimate?.high ?? 0) * Double(count)
        if let estimate { try spending.reserve(reserve, estimate.basis) }
        do {
            try targets.take(wanted)
        } catch {
            spending.release(reserve)
            throw error
        }
        let first = takeNumbers(count)
        let record = Record(origin)
        let jobs = (0..<count).map { index in
            Job(
                number: first + index, kind: kind, estimate: estimate?.high, record: record.at(index), id: id,
                target: wanted.isEmpty ? nil : wanted[index], handler: handler, owner: owner)
        }
        do {
            try begin(jobs) { [engine] in
                if let call = origin.call {
                    engine.create(jobs, call, deadline: origin.deadline)
                } else {
                    engine.attach(jobs[0], deadline: origin.deadline)
                }
            }
        } catch {
            for target in wanted { targets.release(target) }
            spending.release(reserve)
            throw error
        }
        return jobs
    }

    private func takeNumbers(_ count: Int) -> Int {
        lock.withLock {
            defer { lastNumber += count }
            return lastNumber + 1
        }
    }

    private func checkRoom(for count: Int) throws(I2VError) {
        guard Int64(queue.count) <= configuration.maxJobs - Int64(count) else {
            throw I2VError(
                .busy,
                "\(queue.count) operations are under way and max_jobs is \(configuration.maxJobs); try again "
                    + "when some have ended", field: "max_jobs", isRetryable: true)
        }
    }

    private func fetch(_ job: Job, _ target: Target, _ handler: Job.Handler?) throws(I2VError) {
        try checkUsable()
        try target.check()
        try targets.take([target])
        guard let before = job.beginFetch(to: target) else {
            targets.release(target)
            throw I2VError(
                .invalidState, "the job has no finished video to fetch, or is being fetched already")
        }
        do {
            try begin([job]) { [engine] in
                engine.fetch(job, target, insteadOf: before.target, handler)
            }
        } catch {
            job.takeBack(before)
            targets.release(target)
            throw error
        }
    }

    private func reconcile(_ job: Job, _ handler: Job.Handler?) throws(I2VError) {
        try checkUsable()
        if let target = job.target { try targets.take([target]) }
        guard let before = job.beginReconciling() else {
            targets.release(job.target)
            throw I2VError(.invalidState, "the job did not end with its video unknown")
        }
        do {
            try begin([job]) { [engine] in
                job.handler = handler
                engine.reconcile([job])
            }
        } catch {
            job.takeBack(before)
            targets.release(job.target)
            throw error
        }
    }

    // MARK: Going on

    /// Takes up to `limit` unfinished jobs of the ledger up.
    func resume(limit: Int, _ handler: Job.Handler?) throws(I2VError) -> [Job] {
        try takeUp(.unfinished, limit, handler) { [engine] in engine.resume($0) }
    }

    /// Looks for the videos of up to `limit` lost creates of the ledger.
    func reconcile(limit: Int, _ handler: Job.Handler?) throws(I2VError) -> [Job] {
        try takeUp(.lost, limit, handler) { [engine] in engine.reconcile($0) }
    }

    private func takeUp(
        _ share: Ledger.Share, _ limit: Int, _ handler: Job.Handler?, andThen start: @escaping ([Job]) -> Void
    ) throws(I2VError) -> [Job] {
        try checkUsable()
        guard let ledger else {
            if let error = problem.current { throw error }
            throw I2VError(.invalidState, "the client was configured without a ledger")
        }
        try checkRoom(for: 1)
        let limit = min(limit, Int(configuration.maxJobs) - queue.count)
        var jobs: [Job] = []
        var taken: [Entry] = []
        do {
            try eachFree(ledger, share, { limit - jobs.count }) { entry in
                guard jobs.count < limit, let job = takeUp(entry, handler) else { return false }
                jobs.append(job)
                taken.append(entry)
                return true
            }
            try begin(jobs) { start(jobs) }
        } catch {
            for job in jobs {
                targets.release(job.target)
                spending.release(job.estimate ?? 0)
            }
            try? ledger.release(taken)
            throw error
        }
        return jobs
    }

    /// Claims jobs of the ledger as long as more are `wanted`, and gives back those that `body` leaves.
    private func eachFree(
        _ ledger: Ledger, _ share: Ledger.Share, _ wanted: () -> Int, _ body: (Entry) -> Bool
    ) throws(I2VError) {
        // A file that is damaged may give a row again and again.
        var rows: Set<Int64> = []
        var last: Entry?
        var count = wanted()
        while wanted() > 0 {
            let entries = try ledger.claim(share, count, after: last)
                .filter { rows.insert($0.row ?? 0).inserted }
            guard !entries.isEmpty else { return }
            let left = entries.filter { !body($0) }
            if !left.isEmpty { try ledger.release(left) }
            last = entries.last
            // Where many are left, this comes to the others soon.
            count = max(wanted(), min(2 * count, 1_000))
        }
    }

    /// The job of a record; nil when it cannot go on now, because another is saving to its target, or because
    /// its create was not sent yet and the budget has no room for it.
    private func takeUp(_ entry: Entry, _ handler: Job.Handler?) -> Job? {
        let target = entry.path.map { Target(path: $0, replace: entry.replace) }
        let isUnsent = entry.id == nil && entry.sent == nil
        let estimate = isUnsent ? entry.estimate : nil
        do throws(I2VError) {
            try targets.take(target.map { [$0] } ?? [])
            do throws(I2VError) {
                if let estimate { try spending.reserve(estimate) }
            } catch {
                targets.release(target)
                throw error
            }
        } catch {
            configuration.log.warning("a job of the ledger stays where it is: \(error.message)")
            return nil
        }
        return Job(
            number: takeNumbers(1), kind: entry.kind, estimate: estimate, record: entry.record,
            id: entry.id, target: target, handler: handler, owner: owner)
    }

    private func begin<Kind: Operation>(_ operations: [Kind], _ work: @escaping () -> Void) throws(I2VError) {
        for operation in operations { queue.begin(operation) }
        guard io.post(work) else {
            for operation in operations { queue.takeBack(operation) }
            throw I2VError(.closed, "the client has been destroyed")
        }
    }

    /// Looks at once at the job that a webhook is about.
    func notify(_ event: WebhookEvent) throws(I2VError) {
        try checkUsable()
        guard io.post({ [engine] in engine.hasten(id: event.id) }) else {
            throw I2VError(.closed, "the client has been destroyed")
        }
    }

    // MARK: Asking

    func ask(_ question: Query.Question, timeout: Int64, _ handler: Query.Handler?) throws(I2VError) -> Query
    {
        try checkUsable()
        try Limit.queryTimeout.check(timeout)
        for id in question.ids where !VideoID.isUsable(id) {
            throw .invalid("ids", "ids has an id that is empty or holds a comma or a control character")
        }
        switch question {
        case .results(let ids), .delete(let ids):
            if ids.isEmpty { throw .invalid("ids", "ids is empty") }
        case .effects, .models, .credits: break
        }
        try checkRoom(for: 1)
        let query = Query(
            number: takeNumbers(1), question: question, handler: handler,
            owner: Query.Owner(
                wait: { [self] query, limit throws(I2VError) in try wait(for: query, until: limit) },
                cancel: { [self] query throws(I2VError) in
                    try checkUsable()
                    io.post { [inquirer] in inquirer.cancel(query.number) }
                }))
        try begin([query]) { [inquirer] in inquirer.start(query, timeout: timeout) }
        return query
    }

    /// Refuses to delete what was paid for and is on no disk.
    func delete(
        _ ids: [String], force: Bool, timeout: Int64, _ handler: Query.Handler?
    ) throws(I2VError) -> Query {
        try checkUsable()
        if !force, let id = ids.first(where: { unsaved.contains($0) }) {
            throw I2VError(
                .invalidState,
                "video \(id) is finished and was never saved; save it first, or force its deletion",
                field: "ids", charge: .certain)
        }
        return try ask(.delete(ids), timeout: timeout, handler)
    }

    private var owner: Job.Owner {
        Job.Owner(
            wait: { [self] job, limit throws(I2VError) in try wait(for: job, until: limit) },
            fetch: { [self] job, target, handler throws(I2VError) in try fetch(job, target, handler) },
            cancel: { [self] job throws(I2VError) in
                try checkUsable()
                io.post { [engine] in engine.interrupt(job.number, .cancelled) }
            },
            reconcile: { [self] job, handler throws(I2VError) in try reconcile(job, handler) })
    }

    // MARK: Waiting

    private func wait(for operation: Operation, until limit: Instant) throws(I2VError) -> Bool {
        try checkUsable()
        return try queue.wait(for: operation, until: limit, delivers: configuration.delivery == .dispatch)
    }

    func dispatch(until limit: Instant) throws(I2VError) -> Int {
        try checkUsable()
        guard configuration.delivery == .dispatch else {
            throw I2VError(
                .invalidState, "the client delivers on its own thread; there is nothing to dispatch")
        }
        return try queue.deliver(until: limit)
    }

    // MARK: Ending

    /// Ends all work, the thread, and, after the last events were delivered, every wait.
    func close() throws(I2VError) {
        try checkUsable()
        if queue.isCurrentThreadDelivering || io.isCurrent {
            throw I2VError(.inCallback, "a client cannot be destroyed from inside its own callback")
        }
        let isFirst = lock.withLock {
            defer { isClosed = true }
            return !isClosed
        }
        guard isFirst else { return }
        stop()
        queue.deliverRest()
    }

    #if !hasFeature(Embedded)
        /// Ends as `close` does without holding the caller up: the client's thread ends by itself, and the
        /// last that it delivers is `onEnd`. Only for delivery on that thread.
        func close(onEnd: @escaping () -> Void) throws(I2VError) {
            try checkUsable()
            let isFirst = lock.withLock {
                defer { isClosed = true }
                return !isClosed
            }
            guard isFirst else { return onEnd() }
            io.post { [self] in stop { [queue, books] in books.afterwards { queue.push(onEnd) } } }
        }
    #endif

    /// Ends without delivering, for a client that its last owner let go of.
    func abandon() {
        guard !isForked else { return }
        let isFirst = lock.withLock {
            defer { isClosed = true }
            return !isClosed
        }
        if isFirst { stop() }
    }

    private func stop(andThen last: @escaping () -> Void = {}) {
        io.stop(
            .init(
                begin: { [engine, inquirer] in
                    engine.prepareShutDown()
                    inquirer.shutDown()
                },
                isDone: { [engine] in engine.isIdle },
                patience: Self.patience,
                last: { [engine, channel] in
                    engine.shutDown()
                    channel.shutDown()
                    last()
                }))
    }
}

/// The videos that this client's jobs finished and nobody has saved.
private final class UnsavedVideos: @unchecked Sendable {
    private let lock = Lock()
    private var ids: Set<String> = []

    func contains(_ id: String) -> Bool {
        lock.withLock { ids.contains(id) }
    }

    /// An operation on a finished video has ended.
    func note(_ id: String?, isSaved: Bool) {
        guard let id else { return }
        lock.withLock {
            if isSaved { ids.remove(id) } else { ids.insert(id) }
        }
    }
}

/// The files that jobs under way save to.
private final class BusyTargets: @unchecked Sendable {
    private let lock = Lock()
    private var paths: Set<String> = []

    func take(_ targets: [Target]) throws(I2VError) {
        try lock.withLock { () throws(I2VError) in
            for target in targets where paths.contains(target.location) {
                throw I2VError(
                    .invalidState,
                    "another job of this client is saving to \(target.path.shortened(to: 300))",
                    field: "target")
            }
            for target in targets { paths.insert(target.location) }
        }
    }

    func release(_ target: Target?) {
        guard let target else { return }
        lock.withLock { _ = paths.remove(target.location) }
    }
}
