import Foundation
import Hummingbird

/// The one way into every endpoint: counts and records the request, lets faults have it, checks credentials,
/// acts, and lets faults have the answer.
struct Gate: Sendable {
    let journal: Journal
    let faults: FaultBook
    let book: JobBook
    let credentials: Credentials
    let oddities: OddityBook

    /// Larger than any sensible picture or sound, small enough not to fill memory by accident.
    private let largestBody = 64 * 1024 * 1024

    func admit(_ request: Request, _ context: CallContext, to endpoint: Endpoint) async throws -> Response {
        var request = request
        let body = try await request.collectBody(upTo: largestBody)
        let call = Call(
            route: endpoint.route, request: request, context: context, body: Data(body.readableBytesView))
        guard endpoint.route != .control else { return try await endpoint.handle(call).response() }

        await journal.note(call)
        guard endpoint.route.isService, let fault = await faults.strike(endpoint.route) else {
            return try await act(call, endpoint).response()
        }
        if let answer = try await fault.before(call, book) { return answer }
        return try await fault.after(call, act(call, endpoint), book)
    }

    private func act(_ call: Call, _ endpoint: Endpoint) async throws -> Reply {
        await oddities.current.apply(to: try await answer(call, endpoint), of: endpoint.route)
    }

    private func answer(_ call: Call, _ endpoint: Endpoint) async throws -> Reply {
        if endpoint.route.needsCredentials, let refusal = await credentials.refusal(of: call) {
            return refusal.reply
        }
        return try await endpoint.handle(call)
    }
}
