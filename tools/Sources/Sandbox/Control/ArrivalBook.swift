import Foundation
import HTTPTypes
import Hummingbird

/// A create request as it reached this server, whatever its outcome.
struct Arrival: Sendable {
    let number: Int
    private let route: Route
    private let path: String
    private let headers: HTTPFields
    /// When its headers had arrived.
    private let begun: Moment
    /// When its body had arrived; nil if the connection broke before.
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

    /// `made` has the videos created for it.
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

/// Every create that arrived, including refused, faulted and broken ones, so that a test can compare each moment
/// with what the sender had recorded by then.
actor ArrivalBook {
    private var arrivals: [Arrival] = []
    /// The number of the first entry. Numbering continues across a reset, so that a create in flight is never
    /// taken for another.
    private var first = 1

    var all: [Arrival] { arrivals }

    /// Returns the arrival's number.
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
