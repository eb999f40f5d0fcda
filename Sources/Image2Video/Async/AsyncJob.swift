#if !hasFeature(Embedded)

    /// One video on its way, for Swift's concurrency: a `Job` without the calls that hold a thread up.
    /// Everything that can be read of a `Job` can be read of this (`id`, `state`, `video`, `progress`,
    /// `path`, `error` and so on).
    ///
    /// A job keeps its client: what is under way goes on as long as somebody holds the client or one of its
    /// jobs.
    @dynamicMemberLookup
    public final class AsyncJob: @unchecked Sendable {
        /// Held for as long as the job is.
        private let client: Client
        private let job: Job
        private let lock = Lock()
        /// Of what the job does now, or did last.
        private var currentLog: EventLog<Video>

        init(_ job: Job, _ log: EventLog<Video>, client: Client) {
            self.job = job
            self.client = client
            currentLog = log
        }

        public subscript<Value>(dynamicMember path: KeyPath<Job, Value>) -> Value { job[keyPath: path] }

        var log: EventLog<Video> { lock.withLock { currentLog } }

        /// What happens to it, up to the end of what it does now.
        public var events: JobEvents { JobEvents(job: self, log: log) }

        /// The finished video, and the file too where one was asked for, as soon as it is there.
        ///
        /// Throws the `I2VError` that ended the job. When the waiting task is cancelled, throws
        /// `CancellationError` and leaves the job going: it can be waited for again, by any number of tasks.
        @discardableResult
        public func finished() async throws -> Video {
            guard let outcome = await log.outcomeUnlessCancelled() else { throw CancellationError() }
            return try outcome.get()
        }

        /// Starts to save the finished video. `events` and `finished()` are about that from now on.
        public func fetch(to target: Target) throws(I2VError) {
            try begin { handler throws(I2VError) in try job.fetch(to: target, onEvent: handler) }
        }

        /// Looks for the video of a create whose answer was lost. `events` and `finished()` are about that from
        /// now on.
        public func reconcile() throws(I2VError) {
            try begin { handler throws(I2VError) in try job.reconcile(onEvent: handler) }
        }

        private func begin(_ body: (@escaping Job.Handler) throws(I2VError) -> Void) throws(I2VError) {
            try lock.withLock { () throws(I2VError) in
                guard currentLog.outcome != nil else {
                    throw I2VError(.invalidState, "what the job does now has not ended")
                }
                let log = EventLog<Video>()
                try body { job, event in log.note(event, of: job) }
                currentLog = log
            }
        }

        /// Ends what the job is doing. What the service accepted goes on there.
        public func cancel() throws(I2VError) {
            try job.cancel()
        }
    }

#endif
