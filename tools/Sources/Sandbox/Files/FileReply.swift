import Foundation
import HTTPTypes
import Hummingbird

/// Serves a file from disk with the headers that a client needs to continue a broken download.
enum FileReply {
    static func serve(_ file: URL, type: String, to call: Call) async throws -> Reply {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: file.path),
            let size = (attributes[.size] as? NSNumber)?.intValue,
            let modified = attributes[.modificationDate] as? Date
        else { return .notFound }

        let tag = "\"\(String(size, radix: 16))-\(ContentHash.hex("\(file.lastPathComponent) \(modified)"))\""
        let date = httpDate(modified)
        var headers: HTTPFields = [
            .contentType: type, .eTag: tag, .lastModified: date, .acceptRanges: "bytes",
        ]
        var range = ByteRange(header: call.header("range"), size: size)
        if let condition = call.header("if-range"), condition != tag, condition != date { range = .whole }

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
        let body = try await FileIO().loadFile(path: file.path, range: span, context: call.context)
        return .response(Response(status: status, headers: headers, body: body))
    }

    private static func httpDate(_ date: Date) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.string(from: date)
    }
}
