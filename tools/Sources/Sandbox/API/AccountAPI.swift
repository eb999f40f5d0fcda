/// Tokens and credits.
struct AccountAPI: Sendable {
    let book: JobBook
    let credentials: Credentials
    let tokens: TokenBook

    /// The one reply with nothing in `data`: the token stands beside the code.
    func token(_ call: Call) async -> Reply {
        do {
            let fields = try Fields(call.body)
            let id = try fields.text("clientId")
            let secret = try fields.text("clientSecret")
            guard credentials.isClient(id: id, secret: secret) else { throw ServiceError.badClient }
            return .json(["code": 1000, "token": .string(await tokens.issue())])
        } catch {
            return Envelope.refusal(error)
        }
    }

    func credits(_ call: Call) async -> Reply {
        Envelope.success(["credit": .int(await book.totals().creditsLeft)])
    }
}
