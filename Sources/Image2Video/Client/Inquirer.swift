/// Asks the service questions that create nothing: tries again where that can help, takes long lists of ids
/// in parts, and ends every query exactly once. Belongs to the I/O thread.
final class Inquirer {
    /// One query on its way.
    private final class Inquiry {
        let query: Query
        var rest: [String]
        var answers: [JSON] = []
        let limit: Instant
        var retries = Retries(.read)
        /// Why the last try brought nothing.
        var lastFailure: I2VError?
        var sending: Channel.Sending?
        var pause: Timers.ID?
        var deadline: Timers.ID?

        init(_ query: Query, limit: Instant) {
            self.query = query
            self.limit = limit
            rest = query.question.ids
        }
    }

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
        let inquiry = Inquiry(query, limit: .now + timeout)
        inquiries[query.number] = inquiry
        inquiry.deadline = io.timers.schedule(at: inquiry.limit) { [self] in
            let detail = inquiry.lastFailure.map { "; the last try failed: \($0.message)" } ?? ""
            end(
                query.number,
                .failure(
                    I2VError(.deadline, "no answer came within \(timeout) ms\(detail)", isRetryable: true)))
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
            inquiry.retries.succeeded()
            if inquiry.rest.isEmpty { finish(inquiry) } else { ask(inquiry) }
        case .failure(let error):
            if limit.shrinks(after: error, count: part.count) { return ask(inquiry) }
            let pause = inquiry.retries.pause(
                after: error, mayHaveArrived: reply.mayHaveLeft, retryAfter: reply.retryAfter,
                until: inquiry.limit, &jitter)
            guard let pause else { return end(inquiry.query.number, .failure(error)) }
            inquiry.lastFailure = error
            inquiry.pause = io.timers.schedule(at: .now + pause) { [self] in ask(inquiry) }
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
        query.finish(outcome.mapError { $0.with(isRetryable: $0.allowsReadAgain, charge: Charge.none) })
        guard let handler else { return queue.push(.done, of: query, nil) }
        queue.push(.done, of: query) { handler(query) }
    }
}
