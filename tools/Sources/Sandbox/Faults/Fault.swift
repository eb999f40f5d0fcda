import HTTPTypes
import Hummingbird

/// A misbehaviour about to happen to one request.
struct Fault: Sendable {
    let moment: Moment
    let action: Action
    /// The rows that a change is for; nil for all.
    var target: Target?
    /// The one row that a change is for, counted from 0, or from -1 at the end.
    var index: Int?

    /// Before the service acts on the request, or after, so that only its answer suffers.
    enum Moment: String, Sendable {
        case before, after
    }

    enum Action: Sendable {
        // Something else instead of the answer.
        case code(Int, message: String)
        case reply(status: HTTPResponse.Status, headers: HTTPFields, body: ByteBuffer)
        case rateLimit(RetryAfter?)
        case redirect(String)
        case html(HTTPResponse.Status)
        case json(HostileJSON)
        case breakHeader(Int)
        case endless
        case hang
        case close
        case reset
        // Nothing to the answer itself.
        case latency(Duration)
        case video(VideoFault)
        // The answer, but not as it should be.
        case rows(RowChange)
        case mixedUp(MixedUp)
        /// Members beside `data`.
        case envelope([String: JSON])
        case delivery(Delivery)
    }

    /// What happens in place of the service acting. nil: it may go on.
    func before(_ call: Call, _ book: JobBook) async throws -> Response? {
        guard moment == .before else { return nil }
        return try await strike(call, book, over: nil)
    }

    /// What becomes of the service's answer.
    func after(_ call: Call, _ reply: Reply, _ book: JobBook) async throws -> Response {
        switch action {
        case .rows(let change): return await changed(reply, by: change, book).response()
        case .mixedUp(let form): return await form.applied(to: reply, on: call.route, book).response()
        case .envelope(let changes): return RowEdit.envelope(of: reply, changes).response()
        case .delivery(let delivery): return try await delivery.response(reply.response(), to: call)
        default: break
        }
        if moment == .after, let answer = try await strike(call, book, over: reply) { return answer }
        return reply.response()
    }

    private func changed(_ reply: Reply, by change: RowChange, _ book: JobBook) async -> Reply {
        let rows = RowEdit.list(in: reply)
        var isMeant: [Bool] = []
        for (position, row) in rows.enumerated() {
            let isThere = index.map { $0 == position || $0 == position - rows.count } ?? true
            let isTarget = await target?.picks(row, in: book) ?? true
            isMeant.append(isThere && isTarget)
        }
        return RowEdit.rows(of: reply) { rows in
            zip(rows, isMeant).flatMap { row, isMeant in isMeant ? change.rows(for: row) : [row] }
        }
    }

    /// `reply` is what the service answered, if it was asked. What needs an answer to spoil makes do with an
    /// empty one.
    private func strike(_ call: Call, _ book: JobBook, over reply: Reply?) async throws -> Response? {
        switch action {
        case .code(let code, let message):
            return ServiceError(code: code, message: message).reply.response()
        case .reply(let status, let headers, let body):
            return Response(
                status: status, headers: headers, body: ResponseBody(byteBuffer: body))
        case .rateLimit(let wait): return GatewayAnswer.tooMany(retryAfter: wait)
        case .redirect(let target): return GatewayAnswer.redirect(to: target)
        case .html(let status): return GatewayAnswer.page(status)
        case .json(let form): return form.response(over: reply ?? Self.bare)
        case .endless: return EndlessBody.response(like: reply?.response(), to: call)
        case .breakHeader(let count):
            try await Wire(call).breakHead(of: (reply ?? Self.bare).response(), after: count)
        case .latency(let duration):
            try await Task.sleep(for: duration)
            return nil
        case .video(let fault):
            await book.apply(fault, toVideoNamed: call.leaf)
            return nil
        case .hang:
            await Silence.untilPeerLeaves(call.request, limit: .seconds(600))
            try await Silence.close(call.context.channel)
        case .close: try await Silence.close(call.context.channel)
        case .reset: try await Silence.reset(call.context.channel)
        case .rows, .mixedUp, .envelope, .delivery: return nil
        }
    }

    private static let bare = Envelope.success([:])
}
