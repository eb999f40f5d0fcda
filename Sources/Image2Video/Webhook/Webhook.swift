import CCrypto

/// Verifies and opens the bodies that the service posts to a webhook: a signature over four texts, and
/// contents that are encrypted with the client secret.
public enum Webhook {
    /// Far more than the service sends.
    static let maxSize = 1 << 20

    /// The parts of a body as the texts that are signed.
    private struct Parts {
        let signature: String
        let contents: String
        let timestamp: String
        let nonce: String

        init?(_ body: JSON) {
            guard let signature = body["signature"]?.string, let contents = body["dataEncrypt"]?.string,
                let timestamp = body["timestamp"]?.scalarText, let nonce = body["nonce"]?.scalarText
            else { return nil }
            (self.signature, self.contents, self.timestamp, self.nonce) =
                (signature, contents, timestamp, nonce)
        }
    }

    /// Opens a body; `maxAge` in milliseconds bounds how far its time may be from now, either way.
    public static func open(
        _ body: [UInt8], clientID: String, clientSecret: String, maxAge: Int64? = nil
    ) throws(I2VError) -> WebhookEvent {
        try open(body, clientID: clientID, clientSecret: clientSecret, maxAge: maxAge, now: WallClock.now)
    }

    static func open(
        _ body: [UInt8], clientID: String, clientSecret: String, maxAge: Int64?, now: Int64
    ) throws(I2VError) -> WebhookEvent {
        if clientID.isEmpty { throw .invalid("client_id", "client_id is empty") }
        guard [16, 24, 32].contains(clientSecret.utf8.count) else {
            throw .invalid("client_secret", "client_secret is not 16, 24 or 32 bytes long")
        }
        if let maxAge { try Limit.maxAge.check(maxAge) }
        guard body.count <= maxSize, let json = JSON(strictlyParsing: body), let parts = Parts(json) else {
            throw refusal("body", "the body is no webhook of the service")
        }
        guard isSigned(parts, for: clientID) else {
            throw refusal("signature", "the webhook's signature does not match the client id")
        }
        // The signed texts are joined without anything between them. Were the timestamp's length open, its
        // digits and the nonce's could change places under the same signature.
        guard parts.timestamp.utf8.count == 13, let timestamp = Int64(parts.timestamp), timestamp > 0 else {
            throw refusal("timestamp", "the webhook's timestamp is no time in milliseconds")
        }
        if let maxAge, !(now - maxAge...now + maxAge).contains(timestamp) {
            throw refusal("timestamp", "the webhook is too old, or from the future")
        }
        guard let contents = decrypt(parts.contents, clientID, clientSecret),
            let event = JSON(unambiguously: contents).flatMap({
                WebhookEvent.read($0, timestamp: timestamp)
            })
        else {
            throw refusal("dataEncrypt", "the webhook's contents cannot be opened with the client secret")
        }
        return event
    }

    /// A body as it arrives from C.
    public static func bytes(_ start: UnsafePointer<UInt8>, _ count: Int) throws(I2VError) -> [UInt8] {
        guard (0...maxSize).contains(count) else {
            throw refusal("body", "the body is too large for a webhook")
        }
        return Array(UnsafeBufferPointer(start: start, count: count))
    }

    private static func refusal(_ field: String, _ message: Message) -> I2VError {
        I2VError(.webhook, message, field: field)
    }

    private static func isSigned(_ parts: Parts, for clientID: String) -> Bool {
        let sorted = [clientID, parts.timestamp, parts.nonce, parts.contents].sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        var text: [UInt8] = []
        for part in sorted { text += part.utf8 }
        var digest = [UInt8](repeating: 0, count: Int(I2V_SHA1_SIZE))
        guard i2v_sha1(text, text.count, &digest) != 0 else { return false }
        var expected: [UInt8] = []
        for byte in digest { expected += [hexDigit(byte >> 4), hexDigit(byte & 15)] }
        let given = Array(parts.signature.utf8)
        return given.count == expected.count && i2v_equal(given, expected, expected.count) != 0
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func decrypt(_ text: String, _ clientID: String, _ clientSecret: String) -> [UInt8]? {
        guard let input = Base64.decode(text) else { return nil }
        let key = Array(clientSecret.utf8)
        var vector = Array(clientID.utf8.prefix(Int(I2V_AES_BLOCK)))
        while vector.count < Int(I2V_AES_BLOCK) { vector.append(0) }
        var output = [UInt8](repeating: 0, count: input.count + Int(I2V_AES_BLOCK))
        let length = i2v_aes_cbc_open(key, Int32(key.count), vector, input, Int32(input.count), &output)
        return length < 0 ? nil : Array(output.prefix(Int(length)))
    }
}

extension Limit {
    /// Up to ten years.
    public static var maxAge: Limit { Limit(field: "max_age", range: 0...315_360_000_000) }
}
