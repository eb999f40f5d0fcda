/// The accepted credentials, which may change while the sandbox runs. As at the service, an `Authorization` header
/// wins over `x-api-key`, even a stale one over a good key, and the API key is the client secret; a key of its own
/// is accepted as well.
actor Credentials {
    private let settings: Settings
    private let tokens: TokenBook
    private var apiKey: String
    private var bearerToken: String
    /// Answers every request with valid credentials, if set.
    private var refusal: ServiceError?

    init(settings: Settings, tokens: TokenBook) {
        self.settings = settings
        self.tokens = tokens
        apiKey = settings.apiKey
        bearerToken = settings.bearerToken
    }

    func refusal(of call: Call) async -> ServiceError? {
        if let authorization = call.header("authorization"), !authorization.isEmpty {
            return await isGood(authorization) ? refusal : .invalidToken
        }
        guard let key = call.header("x-api-key"), !key.isEmpty else { return .noToken }
        return key == apiKey || key == settings.client.secret ? refusal : .badKey
    }

    nonisolated func isClient(id: String, secret: String) -> Bool {
        id == settings.client.id && secret == settings.client.secret
    }

    private func isGood(_ authorization: String) async -> Bool {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
        if parts[1] == bearerToken { return true }
        return await tokens.holds(String(parts[1]))
    }

    /// Sets the named members; null restores the initial value. Returns the problem if there is one, and then
    /// changes nothing.
    func change(_ wish: JSON) -> String? {
        guard let members = wish.object else { return "the body must be a JSON object" }
        let known = ["api_key", "bearer_token", "refuse"]
        if let stranger = members.keys.sorted().first(where: { !known.contains($0) }) {
            return "unknown member \"\(stranger)\""
        }
        for name in ["api_key", "bearer_token"] {
            guard let value = members[name], value != .null else { continue }
            guard value.string?.isEmpty == false else { return "\"\(name)\" must be a text" }
        }
        if let code = members["refuse"], code != .null, code.int == nil {
            return "\"refuse\" must be a code"
        }
        if let key = members["api_key"] { apiKey = key.string ?? settings.apiKey }
        if let token = members["bearer_token"] { bearerToken = token.string ?? settings.bearerToken }
        if let code = members["refuse"] { refusal = code.int.map(Self.refusal) }
        return nil
    }

    func reset() {
        apiKey = settings.apiKey
        bearerToken = settings.bearerToken
        refusal = nil
    }

    private static func refusal(_ code: Int) -> ServiceError {
        let known: [ServiceError] = [.invalidToken, .noToken, .badKey]
        return known.first { $0.code == code }
            ?? ServiceError(code: code, message: "the account may not do this")
    }
}
