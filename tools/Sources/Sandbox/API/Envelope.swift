/// The service's way of answering: HTTP 200 and `{code, msg, data}`, whatever happened.
enum Envelope {
    static func success(_ data: JSON, message: String = "OK") -> Reply {
        .json(["code": 1000, "msg": .string(message), "data": data])
    }

    static func refusal(_ error: any Error) -> Reply {
        let known = error as? ServiceError
        return (known ?? ServiceError(code: 1015, message: "server error: \(error)")).reply
    }

    /// Answers with what some work yields, or with why it yields nothing.
    static func answering(
        message: String = "OK", _ work: () async throws -> JSON
    ) async -> Reply {
        do {
            return success(try await work(), message: message)
        } catch {
            return refusal(error)
        }
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

    static func missing(_ what: String) -> ServiceError {
        ServiceError(code: 1008, message: "the content you get does not exist: \(what)")
    }

    static let invalidToken = ServiceError(code: 1101, message: "illegal token or expired token")
    static let noToken = ServiceError(code: 1102, message: "token cannot be empty")
    static let badKey = ServiceError(code: 1109, message: "invalid api key")
    static let badClient = ServiceError(code: 1109, message: "invalid clientId or clientSecret")
    static let noCredits = ServiceError(code: 1006, message: "insufficient quota")
    static let unfinished = ServiceError(code: 1010, message: "this video cannot be operated on yet")
    static let needsPro = ServiceError(code: 1213, message: "a pro subscription or above is required")
    static let needsPayment = ServiceError(code: 1221, message: "a paid subscription is required")
    /// The service says no more than this when `_ids` is not one string.
    static let noResults = ServiceError(code: 1015, message: "Failed to get results")
}
