/// What reached the sandbox: counts for assertions, and the requests themselves.
actor Journal {
    private var counts: [Route: Int] = [:]
    private var clients: Set<String> = []
    private var recent: [JSON] = []
    private let limit = 1000

    func note(_ call: Call) {
        counts[call.route, default: 0] += 1
        guard call.route.isService else { return }
        if let client = call.context.channel.remoteAddress { clients.insert("\(client)") }
        // Dropped in blocks: removing the first of a long array moves all the others.
        if recent.count >= 2 * limit { recent.removeFirst(recent.count - limit) }
        recent.append(Self.record(of: call))
    }

    func count(_ route: Route) -> Int { counts[route, default: 0] }

    /// How many connections carried requests to the service, told apart by the client's port.
    var connections: Int { clients.count }

    var requests: [JSON] { Array(recent.suffix(limit)) }

    func reset() {
        counts = [:]
        clients = []
        recent = []
    }

    private static func record(of call: Call) -> JSON {
        var headers: [String: JSON] = [:]
        for field in call.request.headers { headers[field.name.canonicalName] = .string(field.value) }
        if let host = call.request.head.authority { headers["host"] = .string(host) }
        return [
            "route": .string(call.route.rawValue),
            "method": .string(call.method),
            "path": .string(call.request.head.path ?? call.path),
            "headers": .object(headers),
            "body": JSON(parsing: call.body) ?? .string(String(decoding: call.body, as: UTF8.self)),
            "at": .int(now()),
        ]
    }
}
