#if !hasFeature(Embedded)

    /// What happens to a job, in order, up to and with `.done`. Any number of tasks may go through it, each
    /// at its own pace and with every event for itself.
    ///
    /// A loop that begins late starts with what happened before: each kind once. `.status`, `.progress` and
    /// `.warning` say that the job is to be read again; several that happen while a loop is busy are joined into
    /// one. A loop whose task is cancelled ends; the job goes on.
    public struct JobEvents: AsyncSequence, Sendable {
        public typealias Element = Event
        public typealias Failure = Never

        /// Held, because with its last job a client may go, and everything under way would end.
        let job: AsyncJob
        let log: EventLog<Video>

        public func makeAsyncIterator() -> Iterator {
            Iterator(events: self)
        }

        public struct Iterator: AsyncIteratorProtocol {
            let events: JobEvents
            private var seen = 0

            init(events: JobEvents) {
                self.events = events
            }

            public mutating func next() async -> Event? {
                await next(isolation: nil)
            }

            public mutating func next(isolation: isolated (any Actor)?) async -> Event? {
                guard let entry = await events.log.next(after: seen) else { return nil }
                seen = entry.number
                return entry.event
            }
        }
    }

#endif
