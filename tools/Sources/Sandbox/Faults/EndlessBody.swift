import HTTPTypes
import Hummingbird
import NIOCore

/// An answer that does not come to an end.
enum EndlessBody {
    /// So that a peer that takes everything ends some time after all.
    private static let most = 1 << 30

    /// With the headers of the true answer, if there is one, except for its length.
    static func response(like answer: Response?, to call: Call) -> Response {
        let type = call.route == .video ? "video/mp4" : "application/json; charset=utf-8"
        var headers = answer?.headers ?? [.contentType: type]
        headers[.contentLength] = nil
        let channel = call.context.channel
        // To a reader of JSON, a text whose end is yet to come.
        let beginning = ByteBuffer(string: call.route == .video ? "" : #"{"code":1000,"msg":""#)
        return Response(
            status: answer?.status ?? .ok, headers: headers,
            body: ResponseBody { writer in
                if beginning.readableBytes > 0 { try await writer.write(beginning) }
                let piece = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1 << 16)
                for _ in 0..<(most / piece.readableBytes) {
                    try await writer.write(piece)
                    try await Pace.settle(channel)
                }
                try await Silence.close(channel)
            })
    }
}
