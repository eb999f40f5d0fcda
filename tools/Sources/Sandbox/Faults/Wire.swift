import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Answers written to the connection byte by byte, past a framework that would not misbehave like this. The
/// connection has to end with each of them.
struct Wire {
    private let channel: any Channel

    init(_ call: Call) { channel = call.context.channel }

    /// Some bytes of the status line and the headers, and no more.
    func breakHead(of answer: Response, after count: Int) async throws -> Never {
        let head = Self.head(of: answer, framed: .length, length: Self.length(of: answer))
        try await write(ByteBuffer(bytes: head.utf8.prefix(count)))
        try await Silence.close(channel)
    }

    /// All of it, one byte after each pause.
    func drip(_ answer: Response, pause: Duration) async throws -> Never {
        var answer = answer
        answer.headers[.connection] = "close"
        let writer = Drip(wire: self, pause: pause)
        let head = Self.head(of: answer, framed: .length, length: Self.length(of: answer))
        try await writer.write(ByteBuffer(string: head))
        try await answer.body.write(writer)
        try await Silence.close(channel)
    }

    /// All of it, under a wrong length.
    func send(_ answer: Response, lengthOff surplus: Int) async throws -> Never {
        let length = max(0, (Self.length(of: answer) ?? 0) + surplus)
        try await write(ByteBuffer(string: Self.head(of: answer, framed: .length, length: length)))
        try await answer.body.write(Plain(wire: self))
        try await Silence.close(channel)
    }

    /// All of its body; the connection stays open.
    func send(_ answer: Response, framed framing: Framing) async throws {
        let length = (Self.length(of: answer) ?? 0) + (framing == .longLength ? 16 : 0)
        try await write(ByteBuffer(string: Self.head(of: answer, framed: framing, length: length)))
        let isChunked = framing == .chunks || framing == .badChunk
        try await answer.body.write(Plain(wire: self, isChunked: isChunked))
        if framing == .badChunk { try await write(ByteBuffer(string: "no size\r\n")) }
    }

    /// Returns when the bytes are with the kernel, so that there is never more of an answer in memory.
    func write(_ buffer: ByteBuffer) async throws {
        let channel = channel
        try await channel.eventLoop.flatSubmit {
            let pipeline = channel.pipeline.syncOperations
            do {
                if (try? pipeline.context(handlerType: Door.self)) == nil {
                    try pipeline.addHandler(Door(), position: .first)
                }
                let written = channel.eventLoop.makePromise(of: Void.self)
                try pipeline.context(handlerType: Door.self).writeAndFlush(NIOAny(buffer), promise: written)
                return written.futureResult
            } catch {
                return channel.eventLoop.makeFailedFuture(error)
            }
        }.get()
    }

    private static func length(of answer: Response) -> Int? {
        answer.headers[.contentLength].flatMap { Int($0) } ?? answer.body.contentLength
    }

    static func head(of answer: Response, framed framing: Framing, length: Int?) -> String {
        var headers = answer.headers
        switch framing {
        case .length, .longLength: headers[.contentLength] = length.map(String.init)
        case .chunks, .badChunk:
            headers[.contentLength] = nil
            headers[.transferEncoding] = "chunked"
        case .none: headers[.contentLength] = nil
        }
        headers[.date] = HTTPDate.text(Date())
        let lines = headers.map { "\($0.name.rawName): \($0.value)" }
        let status = "HTTP/1.1 \(answer.status.code) \(answer.status.reasonPhrase)"
        return ([status] + lines + ["", ""]).joined(separator: "\r\n")
    }

    /// The place in the pipeline next to the socket: what is written from here passes no HTTP encoder.
    private final class Door: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
    }

    private struct Plain: ResponseBodyWriter {
        let wire: Wire
        var isChunked = false

        func write(_ buffer: ByteBuffer) async throws {
            guard isChunked else { return try await wire.write(buffer) }
            var chunk = ByteBuffer(string: String(buffer.readableBytes, radix: 16) + "\r\n")
            chunk.writeImmutableBuffer(buffer)
            chunk.writeString("\r\n")
            try await wire.write(chunk)
        }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    private struct Drip: ResponseBodyWriter {
        let wire: Wire
        let pause: Duration

        func write(_ buffer: ByteBuffer) async throws {
            var buffer = buffer
            while let byte = buffer.readSlice(length: 1) {
                try await Task.sleep(for: pause)
                try await wire.write(byte)
            }
        }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}
