/// The service's way of answering: HTTP 200 and `{code, msg, data}`, whatever happened.
enum Envelope {
    static func success(_ data: JSON) -> Reply {
        .json(["code": 1000, "msg": "OK", "data": data])
    }
}

/// A refusal in the service's terms.
struct ServiceError: Error, Sendable, Equatable {
    let code: Int
    let message: String

    var reply: Reply { .json(["code": .int(code), "msg": .string(message)]) }

    static func parameter(_ name: String, _ problem: String) -> ServiceError {
        ServiceError(code: 1003, message: "parameter error: \(name) \(problem)")
    }

    static let invalidToken = ServiceError(code: 1101, message: "illegal token or expired token")
    static let noToken = ServiceError(code: 1102, message: "token cannot be empty")
    static let badKey = ServiceError(code: 1109, message: "invalid api key")
    static let noCredits = ServiceError(code: 1006, message: "insufficient quota")
    /// The service says no more than this when `_ids` is not one string.
    static let noResults = ServiceError(code: 1015, message: "Failed to get results")
}
