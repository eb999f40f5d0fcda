import NIOCore

/// For bodies that are made faster than they can be sent.
enum Pace {
    /// Returns when the connection has taken over what was written so far. Only then does it know that it is
    /// full and make the next write wait; until then, a quick writer fills memory.
    static func settle(_ channel: any Channel) async throws {
        try await channel.eventLoop.submit {}.get()
    }
}
