import HTTPTypes
import Hummingbird
import NIOCore

/// Faults in the delivery of a correct answer.
enum Delivery: Sendable {
    case breakAfter(Int)
    case stallAfter(Int)
    case drip(Duration)
    case lengthOff(Int)
    case ending(Ending, Framing)
    /// Sets headers; an empty list removes one. The body may be gzipped, whatever the headers say.
    case headers([HTTPField.Name: [String]], isZipped: Bool)
    /// Replaces the HTTP status only.
    case status(HTTPResponse.Status)
    /// Sends an interim response (1xx) first.
    case interim(Int)
    /// Keeps the connection and sends something unsolicited over it.
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

/// How a connection ends after the whole body was sent.
enum Ending: String, Sendable, CaseIterable {
    case close, reset, stall

    /// A reset waits a moment, so that the peer has read the answer first.
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

/// How an answer marks the end of its body.
enum Framing: String, Sendable, CaseIterable {
    case length
    /// A length beyond the body.
    case longLength = "long_length"
    /// Chunked, without the last chunk.
    case chunks
    /// As `chunks`, followed by an invalid chunk size.
    case badChunk = "bad_chunk"
    /// Neither length nor chunks: the connection's end is the body's.
    case none
}

/// An unsolicited event on a kept connection, after an answer.
enum Afterwards: String, Sendable, CaseIterable {
    /// The same answer again.
    case again
    /// A 408 and a close, as servers send to idle connections.
    case timeout = "408"
    case junk
    case close
    case reset

    /// Without a pause, answer and event are one write.
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
                // A close or reset must not overtake the answer.
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

    /// Unchecked, as a single task writes to it and then reads it.
    private final class Collector: ResponseBodyWriter, @unchecked Sendable {
        private(set) var bytes: [UInt8] = []

        func write(_ buffer: ByteBuffer) async throws { bytes += buffer.readableBytesView }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}
