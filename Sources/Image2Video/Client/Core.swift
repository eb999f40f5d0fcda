import CSystem

/// What a client and its jobs share: it outlives the client as long as somebody holds a job.
final class Core: @unchecked Sendable {
    let configuration: Configuration
    let queue: CompletionQueue
    private let io: IOThread
    private let engine: Engine
    private let process: pid_t
    private let lock = Lock()
    private var isClosed = false
    private var lastNumber = 0
    /// Files that jobs under way save to: two of them must not write the same one.
    private let targets: BusyTargets

    private init(_ configuration: Configuration, queue: CompletionQueue, transport: Transport) {
        self.configuration = configuration
        self.queue = queue
        process = getpid()
        let targets = BusyTargets()
        self.targets = targets
        io = IOThread(transport: transport)
        let seed =
            UInt64(truncatingIfNeeded: Instant.now.milliseconds) &* 0x2545_F491_4F6C_DD1D ^ UInt64(process)
        engine = Engine(configuration, queue: queue, io: io, seed: seed) { targets.release($0.target) }
        if configuration.delivery == .thread {
            io.afterTurn = { [queue] in queue.drain() }
        }
    }

    static func start(_ configuration: Configuration) throws(I2VError) -> Core {
        try configuration.validate()
        let settings = Transport.Settings(
            userAgent: configuration.userAgent, connectTimeout: configuration.connectTimeout,
            caFile: configuration.caFile, proxy: configuration.proxy,
            maxRequests: configuration.maxRequests, maxDownloads: configuration.maxDownloads)
        let core = Core(configuration, queue: try .make(), transport: try .make(settings))
        try core.io.start()
        return core
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
        let call = try Create.call(for: request, by: route)
        try targets.take(wanted)
        let kind = Kind(
            model: request.modelName ?? request.effectCode ?? "", resolution: request.effectiveResolution,
            seconds: request.effectiveVideoLength)
        let first = lock.withLock {
            defer { lastNumber += request.effectiveCount }
            return lastNumber + 1
        }
        let jobs = (0..<request.effectiveCount).map { index in
            Job(
                number: first + index, kind: kind, target: wanted.isEmpty ? nil : wanted[index],
                handler: handler, owner: owner)
        }
        let deadline = request.deadline ?? configuration.jobDeadline
        do {
            try begin(jobs) { [engine] in engine.create(jobs, call, deadline: deadline) }
        } catch {
            for target in wanted { targets.release(target) }
            throw error
        }
        return jobs
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
            try begin([job]) { [engine] in engine.fetch(job, target, handler) }
        } catch {
            job.takeBackFetch(before)
            targets.release(target)
            throw error
        }
    }

    private func begin(_ jobs: [Job], _ work: @escaping () -> Void) throws(I2VError) {
        for job in jobs { queue.begin(job) }
        guard io.post(work) else {
            for job in jobs { queue.takeBack(job) }
            throw I2VError(.closed, "the client has been destroyed")
        }
    }

    private var owner: Job.Owner {
        Job.Owner(
            wait: { [self] job, limit throws(I2VError) in try wait(for: job, until: limit) },
            fetch: { [self] job, target, handler throws(I2VError) in try fetch(job, target, handler) },
            cancel: { [self] job throws(I2VError) in
                try checkUsable()
                io.post { [engine] in engine.interrupt(job.number, .cancelled) }
            })
    }

    // MARK: Waiting

    private func wait(for job: Job, until limit: Instant) throws(I2VError) -> Bool {
        try checkUsable()
        return try queue.wait(for: job, until: limit, delivers: configuration.delivery == .dispatch)
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
        io.stop { [engine] in engine.shutDown() }
        queue.deliverRest()
    }

    /// Ends without delivering, for a client that its last owner let go of.
    func abandon() {
        guard !isForked else { return }
        let isFirst = lock.withLock {
            defer { isClosed = true }
            return !isClosed
        }
        if isFirst { io.stop { [engine] in engine.shutDown() } }
    }
}

/// The files that jobs under way save to.
private final class BusyTargets: @unchecked Sendable {
    private let lock = Lock()
    private var paths: Set<String> = []

    func take(_ targets: [Target]) throws(I2VError) {
        try lock.withLock { () throws(I2VError) in
            for target in targets where paths.contains(target.path) {
                throw I2VError(
                    .invalidState,
                    "another job of this client is saving to \(target.path.shortened(to: 300))",
                    field: "target")
            }
            for target in targets { paths.insert(target.path) }
        }
    }

    func release(_ target: Target?) {
        guard let target else { return }
        lock.withLock { _ = paths.remove(target.path) }
    }
}
