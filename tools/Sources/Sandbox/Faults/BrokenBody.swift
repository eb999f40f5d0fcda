import Hummingbird
import NIOCore

/// Stops in the middle of an answer whose headers promised all of it.
enum BrokenBody {
    struct Broken: Error {}

    /// Closes the connection after some bytes; or, to stall, says nothing more until the peer has had enough.
    static func cut(_ response: Response, after count: Int, of call: Call, stalling: Bool = false) -> Response
    {
        let channel = call.context.channel
        let body = response.body
        let promised = response.headers[.contentLength]
        var cut = response
        cut.body = ResponseBody(contentLength: body.contentLength) { writer in
            do {
                try await body.write(CountedWriter(inner: writer, left: count))
            } catch is Broken {
                await drain(channel)
                if stalling { await Silence.untilPeerLeaves(call.request, limit: .seconds(600)) }
                try? await channel.close()
                throw Broken()
            }
        }
        cut.headers[.contentLength] = promised
        return cut
    }

    /// Closing throws away what is still buffered, so wait until the bytes to be delivered are with the
    /// kernel.
    private static func drain(_ channel: any Channel) async {
        while channel.isActive, let left = try? await channel.getOption(.bufferedWritableBytes).get(),
            left > 0
        {
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Lets a number of bytes through, then throws.
    private struct CountedWriter: ResponseBodyWriter {
        var inner: any ResponseBodyWriter
        var left: Int

        mutating func write(_ buffer: ByteBuffer) async throws {
            guard buffer.readableBytes > left else {
                left -= buffer.readableBytes
                return try await inner.write(buffer)
            }
            var buffer = buffer
            if let allowed = buffer.readSlice(length: left), left > 0 { try await inner.write(allowed) }
            throw Broken()
        }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
            try await inner.finish(trailingHeaders)
        }
    }
}
