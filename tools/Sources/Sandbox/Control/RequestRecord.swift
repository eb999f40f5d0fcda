import Foundation
import HTTPTypes

/// A request as it came. It becomes JSON only when someone asks, as most are never looked at.
struct RequestRecord: Sendable {
    private let route: Route
    private let method: String
    private let path: String
    private let host: String
    private let headers: HTTPFields
    private let body: Data
    private let time: Milliseconds

    init(_ call: Call) {
        route = call.route
        method = call.method
        path = call.request.head.path ?? call.path
        host = call.request.head.authority ?? ""
        headers = call.request.headers
        body = call.body
        time = now()
    }

    var json: JSON {
        var fields: [String: JSON] = [:]
        for field in headers { fields[field.name.canonicalName] = .string(field.value) }
        if !host.isEmpty { fields["host"] = .string(host) }
        return [
            "route": .string(route.rawValue),
            "method": .string(method),
            "path": .string(path),
            "host": .string(host),
            "headers": .object(fields),
            "body": JSON(parsing: body) ?? .string(String(decoding: body, as: UTF8.self)),
            "at": .int(time),
        ]
    }
}
