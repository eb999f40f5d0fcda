import Foundation
import Hummingbird

/// The one way into every endpoint: counts and records the request, lets faults have it, checks credentials,
/// acts, and lets faults have the answer.
struct Gate: Sendable {
    let connections: ConnectionBook
    let journal: Journal
    let arrivals: ArrivalBook
    let faults: FaultBook
    let book: JobBook
    let credentials: Credentials
    let oddities: OddityBook

    /// Larger than any sensible picture or sound, small enough not to fill memory by accident.
    private let largestBody = 64 * 1024 * 1024

    func admit(_ request: Request, _ context: CallContext, to endpoint: Endpoint) async throws -> Response {
        defer { connections.answered(context.channel) }
        let call = try await received(request, context, for: endpoint.route)
        guard endpoint.route != .control else { return try await endpoint.handle(call).response() }

        await journal.note(call)
        guard endpoint.route.isService, let fault = await fault(for: call) else {
            return try await act(call, endpoint).response()
        }
        if let answer = try await fault.before(call, book) { return answer }
        return try await fault.after(call, act(call, endpoint), book)
    }

    /// The request with its body. A create is noted before anything can hold it up.
    private func received(_ request: Request, _ context: CallContext, for route: Route) async throws -> Call {
        let begun = Moment.now()
        let arrival = route.isCreate ? await arrivals.begin(route, request, at: begun) : nil
        var request = request
        let body = Data(try await request.collectBody(upTo: largestBody).readableBytesView)
        let arrived = Moment.now()
        if let arrival { await arrivals.complete(arrival, body, at: arrived) }
        return Call(route: route, request: request, context: context, body: body, arrival: arrival)
    }

    private func fault(for call: Call) async -> Fault? {
        let subject = await faults.hasTargets ? await Subject(call, book) : nil
        return await faults.strike(call.route, subject)
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
