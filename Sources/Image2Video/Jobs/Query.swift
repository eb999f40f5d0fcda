/// One question to the service and its answer, which never changes once it is there.
public final class Query: Operation, @unchecked Sendable {
    public typealias Handler = (_ query: Query) -> Void

    /// What can be asked.
    public enum Question: Sendable {
        case results([String])
        case delete([String])
        case effects
        case models(type: Int64)
        case credits

        /// The ids the question is about, in the order asked.
        var ids: [String] {
            switch self {
            case .results(let ids), .delete(let ids): return ids
            case .effects, .models, .credits: return []
            }
        }
    }

    /// What can be asked of whoever made it.
    struct Owner {
        let wait: (_ query: Query, _ limit: Instant) throws(I2VError) -> Bool
        let cancel: (_ query: Query) throws(I2VError) -> Void
    }

    public let question: Question
    /// Texts of the answer that C holds pointers to.
    public let texts = TextCache()
    let number: Int
    private let owner: Owner
    private let lock = Lock()
    private var outcome: Result<QueryAnswer, I2VError>?

    /// Who hears of the end. The I/O thread's.
    var handler: Handler?

    init(number: Int, question: Question, handler: Handler?, owner: Owner) {
        self.number = number
        self.question = question
        self.handler = handler
        self.owner = owner
    }

    public var isDone: Bool { lock.withLock { outcome != nil } }

    /// The answer; nil until it is there, and when there is none.
    public var answer: QueryAnswer? { lock.withLock { try? outcome?.get() } }

    public var error: I2VError? {
        lock.withLock {
            guard case .failure(let error) = outcome else { return nil }
            return error
        }
    }

    /// Waits for the answer; throws why there is none.
    public func wait(timeout: Int64 = .forever) throws(I2VError) -> QueryAnswer {
        guard try owner.wait(self, .now + timeout), let outcome = lock.withLock({ outcome }) else {
            throw I2VError(.timeout, "the answer is not there after \(timeout) ms", isRetryable: true)
        }
        return try outcome.get()
    }

    public func cancel() throws(I2VError) {
        try owner.cancel(self)
    }

    func finish(_ outcome: Result<QueryAnswer, I2VError>) {
        lock.withLock { self.outcome = outcome }
    }
}
