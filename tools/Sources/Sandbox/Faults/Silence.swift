import Foundation
import Hummingbird
import NIOCore

/// Connections on which no answer comes.
enum Silence {
    struct Closed: Error {}

    /// Holds a request without answering, until its sender gives up or the limit passes.
    static func untilPeerLeaves(_ request: Request, limit: Duration) async {
        let (peerLeft, signal) = AsyncStream.makeStream(of: Void.self)
        try? await request.body.consumeWithInboundCloseHandler { _ in
            await withTaskGroup { group in
                group.addTask { for await _ in peerLeft {} }
                group.addTask { try? await Task.sleep(for: limit) }
                await group.next()
                group.cancelAll()
            }
        } onInboundClosed: {
            signal.finish()
        }
    }

    /// Closes the connection with a RST, which also takes what the peer has not read yet.
    static func reset(_ channel: any Channel) async throws -> Never {
        if let options = channel as? any SocketOptionProvider {
            try? await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try await close(channel)
    }

    /// Closes the connection; the error keeps the framework from carrying on with it.
    static func close(_ channel: any Channel) async throws -> Never {
        try? await channel.close()
        throw Closed()
    }
}
