import Crypto
import CryptoExtras
import Foundation

/// Encrypts and signs what a webhook carries, the service's way.
struct WebhookSeal: Sendable {
    let client: ClientIdentity

    /// A number as the body of a webhook has it: the service sends it now as one, now as text.
    enum Nonce: Sendable {
        case number(Int)
        case text(String)

        var text: String {
            switch self {
            case .number(let value): String(value)
            case .text(let value): value
            }
        }

        var json: JSON {
            switch self {
            case .number(let value): .int(value)
            case .text(let value): .string(value)
            }
        }
    }

    /// The body to post.
    func seal(_ plaintext: Data, at timestamp: Milliseconds, nonce: Nonce) throws -> JSON {
        let encrypted = try encrypt(plaintext).base64EncodedString()
        return [
            "signature": .string(signature(of: encrypted, timestamp: String(timestamp), nonce: nonce.text)),
            "dataEncrypt": .string(encrypted),
            "timestamp": .int(timestamp),
            "nonce": nonce.json,
        ]
    }

    private func encrypt(_ plaintext: Data) throws -> Data {
        // The first 16 bytes of the client id, with zeros for what a short one lacks.
        let vector = Array(client.id.utf8.prefix(16))
        let padded = vector + [UInt8](repeating: 0, count: 16 - vector.count)
        return try AES._CBC.encrypt(
            plaintext, using: SymmetricKey(data: Data(client.secret.utf8)), iv: AES._CBC.IV(ivBytes: padded))
    }

    private func signature(of encrypted: String, timestamp: String, nonce: String) -> String {
        // Sorted by bytes; Swift's own order of texts is another one.
        let parts = [client.id, timestamp, nonce, encrypted].map { Array($0.utf8) }
        let sorted = parts.sorted { $0.lexicographicallyPrecedes($1) }
        return Insecure.SHA1.hash(data: Data(sorted.joined())).map { String(format: "%02x", $0) }.joined()
    }
}
