import HTTPTypes
import Hummingbird
import NIOCore

/// The right answer, delivered as it should not be.
enum Delivery: Sendable {
    case breakAfter(Int)
    case stallAfter(Int)
    case drip(Duration)
    case lengthOff(Int)
    case ending(Ending, Framing)
    /// Other headers on the same bytes, or on gzip of them; no value at all removes a header.
    case headers([HTTPField.Name: [String]], isZipped: Bool)
    /// The same under another status.
    case status(HTTPResponse.Status)
    /// An interim answer goes first.
    case interim(Int)
    /// The connection is kept, and something comes over it that nobody asked for.
    case afterwards(Afterwards, Duration)

    func response(_ answer: Response, to call: Call) async throws -> Response {
        switch self {
        case .breakAfter(let count): return BrokenBody.cut(answer, after: count, of: call)
        case .stallAfter(let count): return BrokenBody.cut(answer, after: count, of: call, stalling: true)
        case .drip(let pause): try await Wire(call).drip(answer, pause: pause)
        case .lengthOff(let surplus): try await Wire(call).send(answer, lengthOff: surplus)
        case .ending(let ending, let framing):
            try await Wire(call).send(answer, framed: framing)
            try await ending.play(on: call)
        case .headers(let changes, let isZipped):
            return try await Self.labelled(answer, changes, isZipped: isZipped)
        case .status(let status):
            var changed = answer
            changed.status = status
            return changed
        case .interim(let status):
            try await Wire(call).write(
                ByteBuffer(string: "HTTP/1.1 \(status) Interim\r\nX-Interim: yes\r\n\r\n"))
            return answer
        case .afterwards(let event, let pause):
            return try await event.response(answer, after: pause, of: call)
        }
    }

    private static func labelled(
        _ answer: Response, _ changes: [HTTPField.Name: [String]], isZipped: Bool
    ) async throws -> Response {
        var answer = answer
        if isZipped {
            let body = ByteBuffer(bytes: Gzip.stored(try await answer.body.bytes()))
            answer.headers[.contentLength] = String(body.readableBytes)
            answer.body = ResponseBody(byteBuffer: body)
        }
        for (name, values) in changes { answer.headers[values: name] = values }
        return answer
    }
}

/// How a connection ends when all of an answer's body has been sent.
enum Ending: String, Sendable, CaseIterable {
    case close, reset, stall

    /// A moment later, so that the peer has read what was sent.
    func play(on call: Call) async throws -> Never {
        switch self {
        case .close: break
        case .reset:
            try await Task.sleep(for: .milliseconds(50))
            try await Silence.reset(call.context.channel)
        case .stall: await Silence.untilPeerLeaves(call.request, limit: .seconds(600))
        }
        try await Silence.close(call.context.channel)
    }
}

/// How an answer says where it ends.
enum Framing: String, Sendable, CaseIterable {
    case length
    /// More than comes.
    case longLength = "long_length"
    /// In chunks, and the last one is missing.
    case chunks
    /// As `chunks`, and a size that is no number behind them.
    case badChunk = "bad_chunk"
    /// Not at all: by the end of the connection.
    case none
}

/// What comes over a kept connection behind an answer.
enum Afterwards: String, Sendable, CaseIterable {
    /// The same answer again.
    case again
    /// A server's words to a connection that was idle for too long, and its end.
    case timeout = "408"
    case junk
    case close
    case reset

    /// With no pause, it comes in one write with the answer.
    func response(_ answer: Response, after pause: Duration, of call: Call) async throws -> Response {
        let body = ByteBuffer(bytes: try await answer.body.bytes())
        let more = try await bytes(after: answer, body)
        let wire = Wire(call)
        var changed = answer
        changed.headers[.contentLength] = String(body.readableBytes)
        changed.body = ResponseBody(contentLength: body.readableBytes) { writer in
            var all = body
            if pause == .zero { all.writeImmutableBuffer(more) }
            try await writer.write(all)
            try await writer.finish(nil)
            Task {
                // An end that nobody waits for is no sooner than the answer has been read.
                try await Task.sleep(for: pause > .zero ? pause : .milliseconds(50))
                if pause > .zero, more.readableBytes > 0 { try await wire.write(more) }
                try await end(call.context.channel)
            }
        }
        return changed
    }

    private func bytes(after answer: Response, _ body: ByteBuffer) async throws -> ByteBuffer {
        switch self {
        case .again:
            var whole = ByteBuffer(string: Wire.head(of: answer, framed: .length, length: body.readableBytes))
            whole.writeImmutableBuffer(body)
            return whole
        case .timeout:
            return ByteBuffer(
                string: "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        case .junk: return ByteBuffer(string: "nobody asked for this\r\n")
        case .close, .reset: return ByteBuffer()
        }
    }

    private func end(_ channel: any Channel) async throws {
        switch self {
        case .again, .junk: break
        case .timeout, .close: try await Silence.close(channel)
        case .reset: try await Silence.reset(channel)
        }
    }
}

extension ResponseBody {
    /// All of it.
    func bytes() async throws -> [UInt8] {
        let collector = Collector()
        try await write(collector)
        return collector.bytes
    }

    /// One task writes to it and then reads it.
    private final class Collector: ResponseBodyWriter, @unchecked Sendable {
        private(set) var bytes: [UInt8] = []

        func write(_ buffer: ByteBuffer) async throws { bytes += buffer.readableBytesView }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}
