#if !hasFeature(Embedded)

    /// A connection to the service for Swift's concurrency: a `Client` that holds no thread of the host up.
    ///
    /// It delivers on its own thread whatever the configuration says, so there is nothing to dispatch and
    /// nothing but that one thread; tasks that wait are suspended and go on wherever Swift runs them.
    /// (Handlers in the configuration, for the log and for expiring videos, do run on the client's thread.)
    ///
    /// What a cancelled task means:
    /// - Waiting (`AsyncJob.finished()`) throws `CancellationError`, loops over `AsyncJob.events` end; the
    ///   job goes on.
    /// - `animate` and the questions are cancelled themselves, and throw the `I2VError` that tells what came
    ///   of them: `.cancelled`, or `.outcomeUnknown` when the create was on the wire. Its `charge` says what
    ///   that may cost.
    public struct AsyncClient: Sendable {
        private let client: Client

        /// Starts the client's thread. Nothing is sent.
        public init(_ configuration: Configuration) throws(I2VError) {
            var configuration = configuration
            configuration.delivery = .thread
            client = try .start(configuration)
        }

        // MARK: Making videos

        /// Starts a job for one video.
        public func submit(_ request: VideoRequest) throws(I2VError) -> AsyncJob {
            try start { handler throws(I2VError) in try client.submit(request, onEvent: handler) }
        }

        /// Starts as many jobs as the request's count, as one create.
        public func submitBatch(_ request: VideoRequest) throws(I2VError) -> [AsyncJob] {
            try startAll { handler throws(I2VError) in try client.submitBatch(request, onEvent: handler) }
        }

        /// Follows a video by its id, wherever it was created.
        public func attach(
            _ id: String, target: Target? = nil, deadline: Int64? = nil
        ) throws(I2VError) -> AsyncJob {
            try start { handler throws(I2VError) in
                try client.attach(id, target: target, deadline: deadline, onEvent: handler)
            }
        }

        /// Gives a finished video new sound, as a new video.
        public func updateAudio(
            of id: String, type: AudioType, url: String? = nil, target: Target? = nil, deadline: Int64? = nil
        ) throws(I2VError) -> AsyncJob {
            try start { handler throws(I2VError) in
                try client.updateAudio(
                    of: id, type: type, url: url, target: target, deadline: deadline, onEvent: handler)
            }
        }

        /// Takes up to `limit` jobs of the ledger up that are not finished and that no living process has.
        public func resume(limit: Int = 1_000) throws(I2VError) -> [AsyncJob] {
            try startAll { handler throws(I2VError) in try client.resume(limit: limit, onEvent: handler) }
        }

        /// Looks for the videos of up to `limit` creates of the ledger of which nobody knows what became.
        public func reconcile(limit: Int = 1_000) throws(I2VError) -> [AsyncJob] {
            try startAll { handler throws(I2VError) in try client.reconcile(limit: limit, onEvent: handler) }
        }

        /// Makes one video and saves it to the request's target; gives the job, whose file is there.
        ///
        /// When the task is cancelled, so is the job. A task that is cancelled already sends nothing.
        @discardableResult
        public func animate(_ request: VideoRequest) async throws(I2VError) -> AsyncJob {
            guard request.target != nil else {
                throw .invalid("target", "target is missing: where to save the video")
            }
            try checkNotCancelled()
            let job = try submit(request)
            switch await job.log.outcome(onCancel: { try? job.cancel() }) {
            case .success:
                return job
            case .failure(let error):
                // The caller has no job to ask: what may be paid for is known by its id only.
                guard let id = job.id else { throw error }
                throw error.with(message: "\(error.message) (video \(id))")
            }
        }

        // MARK: Asking

        /// What the service says of each video, in the order asked; nil for what it does not list.
        public func results(_ ids: [String], timeout: Int64 = 60_000) async throws(I2VError) -> [Video?] {
            try await ask(.results(ids), timeout: timeout).videos
        }

        public func effects(timeout: Int64 = 60_000) async throws(I2VError) -> [Effect] {
            try await ask(.effects, timeout: timeout).effects
        }

        /// The models of a type, best first; 1501 is image to video.
        public func models(type: Int64 = 1501, timeout: Int64 = 60_000) async throws(I2VError) -> [Model] {
            try await ask(.models(type: type), timeout: timeout).models
        }

        /// The account's balance.
        public func credits(timeout: Int64 = 60_000) async throws(I2VError) -> Double {
            guard let credit = try await ask(.credits, timeout: timeout).credit else {
                throw I2VError(.protocol, "the service's answer holds no credits")
            }
            return credit
        }

        /// Deletes videos at the service; tells for each what became of it. Finished ones of this client that
        /// were never saved are refused before anything is sent, unless `force` is set.
        @discardableResult
        public func delete(
            _ ids: [String], force: Bool = false, timeout: Int64 = 60_000
        ) async throws(I2VError) -> [Deletion] {
            try await answer { handler throws(I2VError) in
                force
                    ? try client.forceDelete(ids, timeout: timeout, onDone: handler)
                    : try client.ask(.delete(ids), timeout: timeout, onDone: handler)
            }.deletions
        }

        /// The whole answer to a question; `timeout` in milliseconds bounds all tries together.
        public func ask(
            _ question: Query.Question, timeout: Int64 = 60_000
        ) async throws(I2VError) -> QueryAnswer {
            try await answer { handler throws(I2VError) in
                try client.ask(question, timeout: timeout, onDone: handler)
            }
        }

        // MARK: The client

        /// Looks at once at the job of a verified webhook, if this client has it. Polling goes on as before.
        public func notify(_ event: WebhookEvent) throws(I2VError) {
            try client.notify(event)
        }

        /// The estimate of a request, as `Client.estimate` gives it.
        public func estimate(_ request: VideoRequest) throws(I2VError) -> Estimate {
            try client.estimate(request)
        }

        /// Credits that the service said it took for this client's creates, and those set aside for creates
        /// without an answer.
        public func spending() throws(I2VError) -> (deducted: Double, reserved: Double) {
            try client.spending()
        }

        /// Jobs and questions that have not ended.
        public var jobCount: Int { client.jobCount }

        /// Ends everything under way, with an error for every task that waits for it.
        public func close() async throws(I2VError) {
            let log = EventLog<Void>()
            try client.close { log.finish(.success(())) }
            _ = await log.outcome(onCancel: {})
        }

        // MARK: Under the bonnet

        private func start(
            _ body: (@escaping Job.Handler) throws(I2VError) -> Job
        ) throws(I2VError) -> AsyncJob {
            let log = EventLog<Video>()
            let job = try body { job, event in log.note(event, of: job) }
            return AsyncJob(job, log, client: client)
        }

        private func startAll(
            _ body: (@escaping Job.Handler) throws(I2VError) -> [Job]
        ) throws(I2VError) -> [AsyncJob] {
            let logs = JobLogs()
            return try body(logs.handler).map { AsyncJob($0, logs.log(of: $0), client: client) }
        }

        private func answer(
            _ start: (@escaping Query.Handler) throws(I2VError) -> Query
        ) async throws(I2VError) -> QueryAnswer {
            try checkNotCancelled()
            let log = EventLog<QueryAnswer>()
            let query = try start { query in
                if let answer = query.answer {
                    log.finish(.success(answer))
                } else {
                    log.finish(.failure(query.error ?? I2VError(.cancelled, "the query has no answer")))
                }
            }
            return try await log.outcome(onCancel: { try? query.cancel() }).get()
        }

        private func checkNotCancelled() throws(I2VError) {
            if Task.isCancelled {
                throw I2VError(
                    .cancelled, "the task was cancelled before anything was sent", isRetryable: true)
            }
        }
    }

    /// The logs of jobs whose first events may come before anybody was given the jobs.
    private final class JobLogs: @unchecked Sendable {
        private let lock = Lock()
        private var logs: [ObjectIdentifier: EventLog<Video>] = [:]

        var handler: Job.Handler {
            { [self] job, event in log(of: job).note(event, of: job) }
        }

        func log(of job: Job) -> EventLog<Video> {
            lock.withLock {
                if let log = logs[ObjectIdentifier(job)] { return log }
                let log = EventLog<Video>()
                logs[ObjectIdentifier(job)] = log
                return log
            }
        }
    }

#endif
