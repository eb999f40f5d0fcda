/// Asks the service questions that create nothing: tries again where that can help, takes long lists of ids
/// in parts, and ends every query exactly once. Belongs to the I/O thread.
final class Inquirer {
    /// One query on its way.
    private final class Inquiry {
        let query: Query
        var rest: [String]
        var answers: [JSON] = []
        var attempts = 0
        var backoff = Backoff()
        var sending: Channel.Sending?
        var pause: Timers.ID?
        var deadline: Timers.ID?

        init(_ query: Query) {
            self.query = query
            rest = query.question.ids
        }
    }

    private static let maxAttempts = 4

    private let queue: CompletionQueue
    private let io: IOThread
    private let channel: Channel
    private let limit: ListLimit
    private let onDeleted: (String) -> Void
    private var inquiries: [Int: Inquiry] = [:]
    private var jitter: Jitter

    init(
        queue: CompletionQueue, io: IOThread, channel: Channel, limit: ListLimit, jitter: Jitter,
        onDeleted: @escaping (String) -> Void
    ) {
        self.queue = queue
        self.io = io
        self.channel = channel
        self.limit = limit
        self.onDeleted = onDeleted
        self.jitter = jitter
    }

    func start(_ query: Query, timeout: Int64) {
        let inquiry = Inquiry(query)
        inquiries[query.number] = inquiry
        inquiry.deadline = io.timers.schedule(at: .now + timeout) { [self] in
            end(
                query.number,
                .failure(I2VError(.deadline, "no answer came within \(timeout) ms", isRetryable: true)))
        }
        ask(inquiry)
    }

    func cancel(_ number: Int) {
        end(number, .failure(I2VError(.cancelled, "the query was cancelled")))
    }

    func shutDown() {
        for number in inquiries.keys.sorted() {
            end(number, .failure(I2VError(.cancelled, "the client was destroyed")))
        }
    }

    private func ask(_ inquiry: Inquiry) {
        let part = Array(inquiry.rest.prefix(limit.size))
        inquiry.attempts += 1
        do {
            let call = try inquiry.query.question.call(for: part)
            inquiry.sending = channel.send(call) { [self] in answered(inquiry, part, $0) }
        } catch {
            end(inquiry.query.number, .failure(error))
        }
    }

    private func answered(_ inquiry: Inquiry, _ part: [String], _ reply: Channel.Reply) {
        inquiry.sending = nil
        switch reply.result {
        case .success(let answer):
            inquiry.answers.append(answer)
            inquiry.rest.removeFirst(part.count)
            inquiry.attempts = 0
            if inquiry.rest.isEmpty { finish(inquiry) } else { ask(inquiry) }
        case .failure(let error):
            if limit.shrinks(after: error, count: part.count) { return ask(inquiry) }
            guard error.allowsReadAgain, inquiry.attempts < Self.maxAttempts else {
                return end(inquiry.query.number, .failure(error))
            }
            let span = inquiry.backoff.next(retryAfter: reply.retryAfter, &jitter)
            inquiry.pause = io.timers.schedule(at: .now + span) { [self] in ask(inquiry) }
        }
    }

    private func finish(_ inquiry: Inquiry) {
        do {
            let answer = try QueryAnswer.read(inquiry.answers, to: inquiry.query.question)
            for deletion in answer.deletions where deletion.refusal == nil { onDeleted(deletion.id) }
            end(inquiry.query.number, .success(answer))
        } catch {
            end(inquiry.query.number, .failure(error))
        }
    }

    private func end(_ number: Int, _ outcome: Result<QueryAnswer, I2VError>) {
        guard let inquiry = inquiries.removeValue(forKey: number) else { return }
        io.timers.cancel(inquiry.deadline)
        io.timers.cancel(inquiry.pause)
        if let sending = inquiry.sending { channel.cancel(sending) }
        let query = inquiry.query
        let handler = query.handler
        query.handler = nil
        // Whatever became of it, a question costs nothing.
        query.finish(outcome.mapError { $0.with(charge: Charge.none) })
        guard let handler else { return queue.push(.done, of: query, nil) }
        queue.push(.done, of: query) { handler(query) }
    }
}

extension I2VError {
    /// Reading again is free, so more can be tried again than for a create.
    var allowsReadAgain: Bool {
        if isRetryable { return true }
        switch status {
        case .server: return true
        case .http: return httpStatus == 408 || httpStatus >= 500
        default: return false
        }
    }
}
