import Foundation
import Hummingbird

/// What a handler answers. JSON stays a value until the last moment, so that faults can edit its rows.
enum Reply: Sendable {
    case json(JSON, HTTPResponse.Status = .ok)
    case response(Response)

    static let notFound = Reply.json(["status": 404, "msg": "Not Found"], .notFound)

    /// What is wrong with a request to the sandbox itself.
    static func problem(_ message: String) -> Reply { .json(["error": .string(message)], .badRequest) }

    func response() -> Response {
        switch self {
        case .response(let response): response
        case .json(let value, let status):
            Response(
                status: status, headers: [.contentType: "application/json; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: value.encoded())))
        }
    }
}
