#if !hasFeature(Embedded)

    /// What happened to one operation so far, and the tasks that wait for more of it or for its outcome. Of
    /// each kind of event only the latest is kept, so that memory is bounded however slowly they look.
    ///
    /// The client's thread writes it and never waits in it: a task that is woken goes on elsewhere.
    final class EventLog<Value: Sendable>: @unchecked Sendable {
        typealias Outcome = Result<Value, I2VError>

        struct Entry {
            let event: Event
            /// Counts every event of the operation, from 1.
            let number: Int
        }

        private struct Waiter {
            /// The number of the last event that the waiter knows.
            let seen: Int
            let continuation: CheckedContinuation<Void, Never>
        }

        private let lock = Lock()
        private var entries: [Entry] = []
        private var lastNumber = 0
        private var end: Outcome?
        /// By a number of their own. One that is taken out, with the lock held, is the taker's to resume.
        private var waiters: [Int: Waiter] = [:]
        private var lastWaiter = 0
        private var enders: [CheckedContinuation<Outcome, Never>] = []

        /// How it ended; nil while it goes on.
        var outcome: Outcome? { lock.withLock { end } }

        // MARK: What the client's thread writes

        func add(_ event: Event) {
            for waiter in lock.withLock({ note(event) }) { waiter.continuation.resume() }
        }

        func finish(_ outcome: Outcome) {
            let (waiters, enders) = lock.withLock {
                end = outcome
                defer { self.enders = [] }
                return (note(.done), self.enders)
            }
            for waiter in waiters { waiter.continuation.resume() }
            for ender in enders { ender.resume(returning: outcome) }
        }

        // MARK: What tasks wait for

        /// The first event after the `seen`th, as soon as there is one; nil after the last, and when the task
        /// is cancelled.
        func next(after seen: Int) async -> Entry? {
            await wait(after: seen)
            guard !Task.isCancelled else { return nil }
            return lock.withLock { entries.first { $0.number > seen } }
        }

        /// The outcome as soon as it is there; nil when the task is cancelled first.
        func outcomeUnlessCancelled() async -> Outcome? {
            await wait(after: .max)
            return outcome
        }

        /// The outcome as soon as it is there. When the task is cancelled, `cancel` is to bring it about.
        func outcome(onCancel cancel: @escaping @Sendable () -> Void) async -> Outcome {
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let known = lock.withLock { () -> Outcome? in
                        if end == nil { enders.append(continuation) }
                        return end
                    }
                    if let known { continuation.resume(returning: known) }
                }
            } onCancel: {
                cancel()
            }
        }

        /// Returns when there is an event after the `seen`th, when there will be none, or when the task is
        /// cancelled.
        private func wait(after seen: Int) async {
            let number = lock.withLock {
                lastWaiter += 1
                return lastWaiter
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    // A task is marked as cancelled before its handler runs. So either the mark is seen here,
                    // or the handler comes for the lock later and finds the waiter.
                    let isOver = lock.withLock {
                        if Task.isCancelled || isDue(seen) { return true }
                        waiters[number] = Waiter(seen: seen, continuation: continuation)
                        return false
                    }
                    if isOver { continuation.resume() }
                }
            } onCancel: {
                lock.withLock { waiters.removeValue(forKey: number) }?.continuation.resume()
            }
        }

        // MARK: With the lock held

        private func isDue(_ seen: Int) -> Bool { lastNumber > seen || end != nil }

        /// Writes the event down and takes out those who waited for it.
        private func note(_ event: Event) -> [Waiter] {
            lastNumber += 1
            entries.removeAll { $0.event == event }
            entries.append(Entry(event: event, number: lastNumber))
            let due = waiters.filter { isDue($0.value.seen) }
            for number in due.keys { waiters[number] = nil }
            return Array(due.values)
        }
    }

    extension EventLog where Value == Video {
        func note(_ event: Event, of job: Job) {
            guard event == .done else { return add(event) }
            if let error = job.error {
                finish(.failure(error))
            } else if let video = job.video {
                finish(.success(video))
            } else {
                finish(.failure(I2VError(.noVideo, "the job ended without a video")))
            }
        }
    }

#endif
