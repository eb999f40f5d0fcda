/// A connection to the service, with its thread and its jobs. May be used from any thread.
public final class Client: @unchecked Sendable {
    private let core: Core

    private init(_ core: Core) {
        self.core = core
    }

    /// Makes a client and starts its thread. Nothing is sent. (No initialiser of a class throws here:
    /// Embedded Swift does not give the memory of a half-made object back.)
    public static func start(_ configuration: Configuration) throws(I2VError) -> Client {
        Client(try Core.start(configuration))
    }

    deinit {
        core.abandon()
    }

    /// Checks a request without sending anything.
    public static func validate(_ request: VideoRequest) throws(I2VError) {
        _ = try request.route()
        _ = try request.targets()
    }

    /// Starts a job for one video.
    public func submit(_ request: VideoRequest, onEvent: Job.Handler? = nil) throws(I2VError) -> Job {
        guard request.effectiveCount == 1 else {
            throw .invalid("count", "count is \(request.effectiveCount); submit several videos as a batch")
        }
        return try core.submit(request, onEvent)[0]
    }

    /// Starts as many jobs as the request's count, as one create.
    public func submitBatch(_ request: VideoRequest, onEvent: Job.Handler? = nil) throws(I2VError) -> [Job] {
        try core.submit(request, onEvent)
    }

    /// Follows a video by its id, wherever it was created.
    public func attach(
        _ id: String, target: Target? = nil, deadline: Int64? = nil, onEvent: Job.Handler? = nil
    ) throws(I2VError) -> Job {
        try core.attach(id, target, deadline: deadline, onEvent)
    }

    /// Gives a finished video new sound, as a new video.
    public func updateAudio(
        of id: String, type: AudioType, url: String? = nil, target: Target? = nil, deadline: Int64? = nil,
        onEvent: Job.Handler? = nil
    ) throws(I2VError) -> Job {
        try core.updateAudio(of: id, type, url, target, deadline: deadline, onEvent)
    }

    /// Takes up to `limit` jobs of the ledger up that are not finished and that no living process has.
    public func resume(limit: Int = 1_000, onEvent: Job.Handler? = nil) throws(I2VError) -> [Job] {
        guard limit > 0 else { throw .invalid("capacity", "capacity is none") }
        return try core.resume(limit: limit, onEvent)
    }

    /// Looks for the videos of up to `limit` creates of the ledger of which nobody knows what became.
    public func reconcile(limit: Int = 1_000, onEvent: Job.Handler? = nil) throws(I2VError) -> [Job] {
        guard limit > 0 else { throw .invalid("capacity", "capacity is none") }
        return try core.reconcile(limit: limit, onEvent)
    }

    /// Throws why what is submitted is not being written down.
    public func checkLedger() throws(I2VError) {
        try core.checkLedger()
    }

    /// Makes one video, saves it to the request's target and waits for the file.
    public func animate(_ request: VideoRequest) throws(I2VError) {
        guard request.target != nil else {
            throw .invalid("target", "target is missing: where to save the video")
        }
        try core.checkUsable()
        if core.queue.isCurrentThreadDelivering {
            throw I2VError(.inCallback, "a call that waits was made from inside a callback")
        }
        try submit(request).wait()
    }

    /// Runs the handlers that are due, waiting up to `timeout` milliseconds for the first of them.
    @discardableResult
    public func dispatch(timeout: Int64 = .forever) throws(I2VError) -> Int {
        try core.dispatch(until: .now + timeout)
    }

    /// Asks the service; `timeout` in milliseconds bounds all tries together.
    public func ask(
        _ question: Query.Question, timeout: Int64 = 60_000, onDone: Query.Handler? = nil
    ) throws(I2VError) -> Query {
        if case .delete(let ids) = question {
            return try core.delete(ids, force: false, timeout: timeout, onDone)
        }
        return try core.ask(question, timeout: timeout, onDone)
    }

    /// Deletes videos at the service, also finished ones that were never saved.
    public func forceDelete(
        _ ids: [String], timeout: Int64 = 60_000, onDone: Query.Handler? = nil
    ) throws(I2VError) -> Query {
        try core.delete(ids, force: true, timeout: timeout, onDone)
    }

    /// Looks at once at the job of a verified webhook, if this client has it. Polling goes on as before.
    public func notify(_ event: WebhookEvent) throws(I2VError) {
        try core.notify(event)
    }

    /// Estimates the cost of all videos of a request, which need not be complete. Prices that the account was
    /// charged before come first: as this client heard them, or has them in its ledger, which the first estimate of
    /// a kind of video reads.
    public func estimate(_ request: VideoRequest) throws(I2VError) -> Estimate {
        try core.estimate(request)
    }

    /// Credits that the service said it took for this client's creates, and those set aside for creates
    /// without an answer.
    public func spending() throws(I2VError) -> (deducted: Double, reserved: Double) {
        try core.checkUsable()
        return core.spending.totals
    }

    /// Readable while something waits to be dispatched; -1 where nothing ever will.
    public var descriptor: Int32 {
        core.isForked || core.configuration.delivery == .thread ? -1 : core.queue.descriptor
    }

    /// Jobs whose last event has not been delivered.
    public var jobCount: Int { core.isForked ? 0 : core.queue.count }

    /// Ends everything under way. Handlers that are still due run before it returns.
    public func close() throws(I2VError) {
        try core.close()
    }

    #if !hasFeature(Embedded)
        /// Ends everything under way, and calls `onEnd` on the client's thread after all handlers.
        func close(onEnd: @escaping () -> Void) throws(I2VError) {
            try core.close(onEnd: onEnd)
        }
    #endif
}

extension VideoRequest {
    /// The files this will be saved to, one for each video, all of them checked.
    func targets() throws(I2VError) -> [Target] {
        guard let target else { return [] }
        let base = Target(path: target, replace: replaceTarget)
        let targets = effectiveCount == 1 ? [base] : (1...effectiveCount).map { base.numbered($0) }
        for target in targets { try target.check() }
        return targets
    }
}
