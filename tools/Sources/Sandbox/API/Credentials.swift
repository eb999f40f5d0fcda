/// Who may call. As at the service, an `Authorization` header wins over `x-api-key`, even a stale one over a
/// good key, and the API key is the client secret; a key of its own is accepted as well.
struct Credentials: Sendable {
    let apiKey: String
    let bearerToken: String
    let clientID: String
    let clientSecret: String
    let tokens: TokenBook

    init(settings: Settings, tokens: TokenBook) {
        apiKey = settings.apiKey
        bearerToken = settings.bearerToken
        clientID = settings.client.id
        clientSecret = settings.client.secret
        self.tokens = tokens
    }

    func refusal(of call: Call) async -> ServiceError? {
        if let authorization = call.header("authorization"), !authorization.isEmpty {
            return await isGood(authorization) ? nil : .invalidToken
        }
        guard let key = call.header("x-api-key"), !key.isEmpty else { return .noToken }
        return key == apiKey || key == clientSecret ? nil : .badKey
    }

    func isClient(id: String, secret: String) -> Bool { id == clientID && secret == clientSecret }

    private func isGood(_ authorization: String) async -> Bool {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
        if parts[1] == bearerToken { return true }
        return await tokens.holds(String(parts[1]))
    }
}
