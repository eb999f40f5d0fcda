import Foundation
import HTTPTypes
import Hummingbird

/// A request that makes a video, as it reached this server, whatever became of it.
struct Arrival: Sendable {
    let number: Int
    private let route: Route
    private let path: String
    private let headers: HTTPFields
    /// When its headers were there.
    private let begun: Moment
    /// When its body was there; nil when it broke off before.
    private var arrived: Moment?
    private var body = Data()

    init(number: Int, route: Route, request: Request, at moment: Moment) {
        self.number = number
        self.route = route
        path = request.head.path ?? request.uri.path
        headers = request.headers
        begun = moment
    }

    mutating func complete(_ body: Data, at moment: Moment) {
        self.body = body
        arrived = moment
    }

    /// `made` is what was created on its account.
    func json(made: [CreateRecord]) -> JSON {
        var fields: [String: JSON] = [:]
        for field in headers { fields[field.name.canonicalName] = .string(field.value) }
        let content = JSON(parsing: body)
        return [
            "arrival": .int(number),
            "route": .string(route.rawValue),
            "path": .string(path),
            "headers": .object(fields),
            "body": .string(String(decoding: body, as: UTF8.self)),
            "prompt": content?["prompt"] ?? .null,
            "begun": begun.wallJSON,
            "begun_monotonic": begun.monotonicJSON,
            "arrived": arrived?.wallJSON ?? .null,
            "arrived_monotonic": arrived?.monotonicJSON ?? .null,
            "acted": made.first?.acted.wallJSON ?? .null,
            "acted_monotonic": made.first?.acted.monotonicJSON ?? .null,
            "create": made.first.map { .int($0.create) } ?? .null,
            "ids": .array(made.map { .string($0.job.id) }),
        ]
    }
}

/// Every create that arrived, also those that were refused, hindered or broken off: what a test holds against
/// what the sender knew at that moment.
actor ArrivalBook {
    private var arrivals: [Arrival] = []
    /// The number of the first that is kept. Numbers go on over a reset, so that a create that is still under
    /// way then is not taken for another.
    private var first = 1

    var all: [Arrival] { arrivals }

    /// Its number.
    func begin(_ route: Route, _ request: Request, at moment: Moment) -> Int {
        let number = first + arrivals.count
        arrivals.append(Arrival(number: number, route: route, request: request, at: moment))
        return number
    }

    func complete(_ number: Int, _ body: Data, at moment: Moment) {
        guard arrivals.indices.contains(number - first) else { return }
        arrivals[number - first].complete(body, at: moment)
    }

    func reset() {
        first += arrivals.count
        arrivals = []
    }
}
