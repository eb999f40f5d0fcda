import Foundation
import HTTPTypes
import Hummingbird

/// Serves content with the headers that a client needs to continue a broken download.
enum FileReply {
    static func serve(_ content: any Content, type: String, to call: Call) async throws -> Reply {
        let size = content.size
        let date = HTTPDate.text(content.modified)
        var headers: HTTPFields = [
            .contentType: type, .eTag: content.tag, .lastModified: date, .acceptRanges: "bytes",
        ]
        var range = ByteRange(header: call.header("range"), size: size)
        if let condition = call.header("if-range"), condition != content.tag, condition != date {
            range = .whole
        }

        let span: ClosedRange<Int>?
        let status: HTTPResponse.Status
        switch range {
        case .whole:
            (span, status) = (size > 0 ? 0...(size - 1) : nil, .ok)
        case .part(let part):
            headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound)/\(size)"
            (span, status) = (part, .partialContent)
        case .unsatisfiable:
            headers[.contentRange] = "bytes */\(size)"
            return .response(Response(status: .rangeNotSatisfiable, headers: headers))
        }
        headers[.contentLength] = String(span?.count ?? 0)
        guard let span, call.request.method != .head else {
            return .response(Response(status: status, headers: headers))
        }
        let body = try await content.body(span, for: call)
        return .response(Response(status: status, headers: headers, body: body))
    }
}
