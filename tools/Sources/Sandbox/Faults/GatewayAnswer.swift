import Foundation
import HTTPTypes
import Hummingbird

/// Answers that come from what stands before a service.
enum GatewayAnswer {
    static func tooMany(retryAfter wait: RetryAfter?) -> Response {
        var answer = Reply.json(["status": 429, "msg": "Too Many Requests"], .tooManyRequests).response()
        if let wait, let name = HTTPField.Name("Retry-After") { answer.headers[name] = wait.text }
        return answer
    }

    static func redirect(to target: String) -> Response {
        Response(status: .found, headers: [.location: target])
    }

    /// A page for people, under any status.
    static func page(_ status: HTTPResponse.Status) -> Response {
        let title = "\(status.code) \(status.reasonPhrase)"
        let page = """
            <!doctype html>
            <html><head><title>\(title)</title></head>
            <body><h1>\(title)</h1><p>The gateway did not ask the service, or had no answer.</p></body></html>

            """
        return Response(
            status: status, headers: [.contentType: "text/html; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: page)))
    }
}

/// What a `Retry-After` header says.
enum RetryAfter: Sendable {
    case text(String)
    /// An HTTP date so far from the moment of the answer.
    case date(seconds: Int)

    var text: String {
        switch self {
        case .text(let text): text
        case .date(let seconds): HTTPDate.text(Date().addingTimeInterval(Double(seconds)))
        }
    }
}
