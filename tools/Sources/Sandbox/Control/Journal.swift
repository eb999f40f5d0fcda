import Foundation

/// What reached the sandbox: counts for assertions, and the requests themselves.
actor Journal {
    /// How many of the latest requests are kept; nil for all.
    private let limit: Int?
    private var counts: [Route: Int] = [:]
    private var clients: Set<String> = []
    private var recent: [RequestRecord] = []

    init(keeping limit: Int?) { self.limit = limit }

    func note(_ call: Call) {
        counts[call.route, default: 0] += 1
        guard call.route.isService else { return }
        if let client = call.context.channel.remoteAddress { clients.insert("\(client)") }
        guard limit != 0 else { return }
        // Dropped in blocks: removing the first of a long array moves all the others.
        if let limit, recent.count >= 2 * limit { recent.removeFirst(recent.count - limit) }
        recent.append(RequestRecord(call))
    }

    func count(_ route: Route) -> Int { counts[route, default: 0] }

    /// How many connections carried requests to the service, told apart by the client's port.
    var connections: Int { clients.count }

    /// The requests that are kept, oldest first, or only the newest of them.
    func requests(newest count: Int? = nil) -> [JSON] {
        let kept = min(limit ?? recent.count, recent.count)
        return recent.suffix(min(count ?? kept, kept)).map(\.json)
    }

    func reset() {
        counts = [:]
        clients = []
        recent = []
    }
}
