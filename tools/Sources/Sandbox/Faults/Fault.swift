import HTTPTypes
import Hummingbird

/// A misbehaviour about to happen to one request.
struct Fault: Sendable {
    let moment: Moment
    let action: Action

    /// Before the service acts on the request, or after, so that only its answer suffers.
    enum Moment: String, Sendable {
        case before, after
    }

    enum Action: Sendable {
        case code(Int, message: String)
        case reply(status: HTTPResponse.Status, headers: HTTPFields, body: ByteBuffer)
        case latency(Duration)
        case hang
        case close
        case row([String: JSON])
        case omit
        case breakAfter(Int)
        case stallAfter(Int)
    }

    /// What happens in place of the service acting. nil: it may go on.
    func before(_ call: Call) async throws -> Response? {
        guard moment == .before else { return nil }
        return try await strike(call)
    }

    /// What becomes of the service's answer.
    func after(_ call: Call, _ reply: Reply) async throws -> Response {
        switch action {
        case .row(let changes): return RowEdit.merge(changes, into: reply).response()
        case .omit: return RowEdit.removeRows(from: reply).response()
        case .breakAfter(let count):
            return BrokenBody.cut(reply.response(), after: count, of: call)
        case .stallAfter(let count):
            return BrokenBody.cut(reply.response(), after: count, of: call, stalling: true)
        default: break
        }
        if moment == .after, let answer = try await strike(call) { return answer }
        return reply.response()
    }

    private func strike(_ call: Call) async throws -> Response? {
        switch action {
        case .code(let code, let message):
            return ServiceError(code: code, message: message).reply.response()
        case .reply(let status, let headers, let body):
            return Response(
                status: status, headers: headers, body: ResponseBody(byteBuffer: body))
        case .latency(let duration):
            try await Task.sleep(for: duration)
            return nil
        case .hang:
            await Silence.untilPeerLeaves(call.request, limit: .seconds(600))
            try await Silence.close(call.context.channel)
        case .close:
            try await Silence.close(call.context.channel)
        case .row, .omit, .breakAfter, .stallAfter:
            return nil
        }
    }
}
