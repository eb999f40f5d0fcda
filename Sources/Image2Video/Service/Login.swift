/// A token for a client id and secret.
enum Login {
    static func call(_ clientID: String, _ clientSecret: String) throws(I2VError) -> APICall {
        guard let body = JSON.object() else { throw .outOfMemory }
        body.set("clientId", clientID)
        body.set("clientSecret", clientSecret)
        return APICall(endpoint: .token, body: Array(body.text.utf8))
    }

    /// The token is documented beside `code`; some have seen it inside `data`.
    static func token(in answer: JSON) throws(I2VError) -> String {
        guard let token = answer["token"]?.string ?? answer["data"]?["token"]?.string, !token.isEmpty,
            Configuration.isHeaderValue(token)
        else { throw Envelope.unreadable(answer, "login holds no token") }
        return token
    }
}
