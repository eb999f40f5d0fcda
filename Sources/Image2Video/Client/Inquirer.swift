/// Asks the service questions that create nothing: tries again where that can help, takes long lists of ids
/// in parts, and ends every query exactly once. Belongs to the I/O thread.
final class Inquirer {
    /// Some of the ids that a query asks about, which go out together.
    private struct Part {
        var ids: [String]
        var failures = 0
        var hasFailedAlone = false
        /// The list that this is a half of, where no half has failed.
        var whole: Whole?
    }

    /// A list that failed and is asked about in halves.
    private final class Whole {
        let count: Int
        var halvesToGo = 2

        init(_ count: Int) { self.count = count }
    }

    /// One query on its way.
    private final class Inquiry {
        let query: Query
        /// Parts still to be asked for, the last first.
        var parts: [Part]
        var answers: [JSON] = []
        /// Ids that were asked about alone in the end, and why that brought nothing.
        var refusals: [(id: String, error: I2VError)] = []
        /// Failures since the last answer.
        var unanswered = 0
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
            parts = [Part(ids: query.question.ids)]
        }
    }

    /// Failures in a row after which no list is halved any more, and no id is left out.
    private static let patience = 16

    private let log: Log
    private let queue: CompletionQueue
    private let io: IOThread
    private let channel: Channel
    private let onDeleted: (String) -> Void
    private var inquiries: [Int: Inquiry] = [:]
    private var size: ListSize
    private var jitter: Jitter

    init(
        _ configuration: Configuration, queue: CompletionQueue, io: IOThread, channel: Channel,
        jitter: Jitter,
        onDeleted: @escaping (String) -> Void
    ) {
        self.queue = queue
        self.io = io
        self.channel = channel
        log = configuration.log
        size = ListSize(Int(configuration.pollListSize))
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
        guard var part = inquiry.parts.popLast() else { return finish(inquiry) }
        if part.ids.count > size.next {
            inquiry.parts.append(Part(ids: Array(part.ids.dropFirst(size.next))))
            part = Part(ids: Array(part.ids.prefix(size.next)))
        }
        size.asked(part.ids.count)
        do {
            let call = try inquiry.query.question.call(for: part.ids)
            inquiry.sending = channel.send(call) { [self] in answered(inquiry, part, $0) }
        } catch {
            end(inquiry.query.number, .failure(error))
        }
    }

    private func answered(_ inquiry: Inquiry, _ part: Part, _ reply: Channel.Reply) {
        inquiry.sending = nil
        do throws(I2VError) {
            let answer = try reply.result.get()
            // An answer that cannot be read is noticed while it can still be asked for in parts.
            if case .results = inquiry.query.question { _ = try Results.videos(in: answer) }
            inquiry.answers.append(answer)
            inquiry.unanswered = 0
            inquiry.retries.succeeded()
            size.answered(part.ids.count)
            if let whole = part.whole {
                whole.halvesToGo -= 1
                if whole.halvesToGo == 0 { size.wasTooLong(whole.count) }
            }
            ask(inquiry)
        } catch {
            failed(inquiry, part, error, reply)
        }
    }

    private func failed(_ inquiry: Inquiry, _ part: Part, _ error: I2VError, _ reply: Channel.Reply) {
        inquiry.unanswered += 1
        inquiry.lastFailure = error
        var part = part
        part.failures += 1
        part.whole = nil
        if error.blame == .ids, inquiry.unanswered <= Self.patience, inquiry.query.question.ids.count > 1 {
            divide(part, of: inquiry, error)
            return ask(inquiry)
        }
        let pause = inquiry.retries.pause(
            after: error, mayHaveArrived: reply.mayHaveLeft, retryAfter: reply.retryAfter,
            until: inquiry.limit, &jitter)
        guard let pause else { return end(inquiry.query.number, .failure(error)) }
        if error.blame == .unclear, part.failures > 1, !part.ids.isEmpty {
            divide(part, of: inquiry, error)
        } else {
            inquiry.parts.append(part)
        }
        inquiry.pause = io.timers.schedule(at: .now + pause) { [self] in ask(inquiry) }
    }

    /// The part is asked about in halves, and a single id that failed alone is left out: where nothing was answered
    /// yet, only the second time.
    private func divide(_ part: Part, of inquiry: Inquiry, _ error: I2VError) {
        var part = part
        if part.ids.count > 1 {
            let (whole, half) = (Whole(part.ids.count), part.ids.count - part.ids.count / 2)
            let halves = [Array(part.ids.dropFirst(half)), Array(part.ids.prefix(half))].map {
                Part(ids: $0, failures: part.failures, whole: whole)
            }
            // A list may be too long, and its halves, too; one that is not refused has one bad half at least.
            inquiry.parts.insert(contentsOf: halves, at: error.blame == .ids ? inquiry.parts.count : 0)
        } else if inquiry.answers.isEmpty, !part.hasFailedAlone {
            part.hasFailedAlone = true
            inquiry.parts.insert(part, at: 0)
        } else {
            inquiry.refusals.append((part.ids[0], error))
        }
    }

    private func finish(_ inquiry: Inquiry) {
        if inquiry.answers.isEmpty, let error = inquiry.lastFailure {
            return end(inquiry.query.number, .failure(error))
        }
        for (id, error) in inquiry.refusals {
            log.warning("video \(id) is left out of an answer: \(error.message)")
        }
        do {
            let answer = try QueryAnswer.read(
                inquiry.answers, to: inquiry.query.question, refusals: inquiry.refusals)
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
