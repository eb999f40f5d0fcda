/// Who may call. As at the service, an `Authorization` header wins over `x-api-key`, even a stale one over a
/// good key.
struct Credentials: Sendable {
    let apiKey: String
    let bearerToken: String

    func refusal(of call: Call) -> ServiceError? {
        if let authorization = call.header("authorization"), !authorization.isEmpty {
            let parts = authorization.split(separator: " ", maxSplits: 1)
            let isGood =
                parts.count == 2 && parts[0].lowercased() == "bearer" && parts[1] == bearerToken
            return isGood ? nil : .invalidToken
        }
        guard let key = call.header("x-api-key"), !key.isEmpty else { return .noToken }
        return key == apiKey ? nil : .badKey
    }
}
