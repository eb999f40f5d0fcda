/// How much a log line matters.
public enum LogLevel: Int32, Sendable {
    /// Nothing is logged.
    case off = 0
    /// Something failed for good.
    case error = 1
    /// Something unusual that the library dealt with, or that costs the host something.
    case warning = 2
    /// What a host would tell its operator: jobs created, finished, saved.
    case info = 3
    /// Every request, without its contents.
    case debug = 4
}

/// Where log lines go. Lines are made only when somebody wants them, and callers never put credentials,
/// prompts or addresses with queries into them.
public struct Log: @unchecked Sendable {
    public typealias Receiver = (_ level: LogLevel, _ line: String) -> Void

    let level: LogLevel
    let receiver: Receiver?

    public init(level: LogLevel, receiver: Receiver?) {
        self.level = receiver == nil ? .off : level
        self.receiver = receiver
    }

    static let off = Log(level: .off, receiver: nil)

    func error(_ line: @autoclosure () -> Message) { write(.error, line) }
    func warning(_ line: @autoclosure () -> Message) { write(.warning, line) }
    func info(_ line: @autoclosure () -> Message) { write(.info, line) }
    func debug(_ line: @autoclosure () -> Message) { write(.debug, line) }

    private func write(_ level: LogLevel, _ line: () -> Message) {
        guard level.rawValue <= self.level.rawValue, let receiver else { return }
        receiver(level, line().text)
    }
}
