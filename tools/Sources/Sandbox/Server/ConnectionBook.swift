import Hummingbird
import NIOCore
import NIOHTTPTypes
import Synchronization

/// The connections with requests that are not answered, or not even read. A client that is destroyed leaves such
/// behind: a reset waits for them, so that none is counted after it.
final class ConnectionBook: Sendable {
    private struct Connection {
        /// Requests to be answered; a new connection brings one.
        var requests = 1
        var isNew = true
        var closed: ContinuousClock.Instant?
    }

    /// A request that hangs on purpose, of a client that lives on, holds a reset up for this long and no longer.
    private static let patience = Duration.seconds(1)
    /// The framework may drop the request of a connection that was closed, or handle it until then.
    private static let remnant = Duration.milliseconds(200)

    private let connections = Mutex<[ObjectIdentifier: Connection]>([:])

    /// To be added to each connection as it is accepted.
    var handlers: [any RemovableChannelHandler] { [Watcher(self)] }

    func answered(_ channel: any Channel) {
        change(channel) { $0?.requests -= 1 }
    }

    /// Waits until the requests on all connections that were accepted before `own` are answered.
    func settle(besides own: any Channel) async throws {
        // An accepted connection goes to its loop, back to the server's, and once more to its own before it is known.
        for _ in 0..<3 {
            for loop in EventLoopGroupProvider.singleton.eventLoopGroup.makeIterator() {
                try await loop.submit {}.get()
            }
        }
        let limit = ContinuousClock.now + Self.patience
        var others = unanswered(besides: own)
        while !others.isEmpty, .now < limit {
            try await Task.sleep(for: .milliseconds(2))
            others.formIntersection(unanswered(besides: own))
        }
    }

    private func unanswered(besides own: any Channel) -> Set<ObjectIdentifier> {
        let now = ContinuousClock.now
        return connections.withLock { connections in
            connections = connections.filter { $0.value.closed.map { now - $0 < Self.remnant } ?? true }
            return Set(connections.filter { $0.value.requests > 0 }.keys).subtracting([ObjectIdentifier(own)])
        }
    }

    private func change(_ channel: any Channel, _ body: (inout Connection?) -> Void) {
        connections.withLock { connections in
            var connection = connections[ObjectIdentifier(channel)]
            body(&connection)
            // Nothing more is to come of it.
            if let known = connection, known.closed != nil, known.isNew || known.requests <= 0 {
                connection = nil
            }
            connections[ObjectIdentifier(channel)] = connection
        }
    }

    private final class Watcher: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = HTTPRequestPart

        private let book: ConnectionBook

        init(_ book: ConnectionBook) { self.book = book }

        func handlerAdded(context: ChannelHandlerContext) {
            let (book, channel) = (book, context.channel)
            book.change(channel) { $0 = Connection() }
            channel.closeFuture.whenComplete { _ in
                book.change(channel) { $0?.closed = .now }
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if case .head = unwrapInboundIn(data) {
                book.change(context.channel) {
                    if $0?.isNew == false { $0?.requests += 1 }
                    $0?.isNew = false
                }
            }
            context.fireChannelRead(data)
        }
    }
}
