/// Who wants to hear of finished videos that are about to go unsaved, and how long before.
public struct ExpiryWarning: @unchecked Sendable {
    public typealias Receiver = (_ id: String, _ remaining: Int64) -> Void

    /// Milliseconds before the service removes the video.
    let span: Int64
    let receiver: Receiver

    public init(span: Int64, receiver: @escaping Receiver) {
        self.span = span
        self.receiver = receiver
    }
}

/// Watches finished videos that nobody has saved, and warns once of each before it goes. Belongs to the I/O
/// thread.
final class ExpiryWatch {
    /// The time of day may be set anew: it is looked at this often, however far the warning is.
    private static let longestSleep: Int64 = 3_600_000

    private let warning: ExpiryWarning
    private let io: IOThread
    private let queue: CompletionQueue
    private var timers: [String: Timers.ID] = [:]
    private var told: Set<String> = []

    init(_ warning: ExpiryWarning, io: IOThread, queue: CompletionQueue) {
        self.warning = warning
        self.io = io
        self.queue = queue
    }

    /// A job has ended with its video finished; `isSaved` says whether it is on disk.
    func note(_ video: Video, isSaved: Bool) {
        guard let id = video.id else { return }
        if isSaved {
            forget(id)
        } else if timers[id] == nil, !told.contains(id), let expiry = video.expiryTime {
            watch(id, until: expiry)
        }
    }

    /// The video is saved or deleted.
    func forget(_ id: String) {
        io.timers.cancel(timers.removeValue(forKey: id))
    }

    private func watch(_ id: String, until expiry: Int64) {
        let remaining = Instant(milliseconds: expiry) - Instant(milliseconds: WallClock.now)
        guard remaining > warning.span else {
            timers[id] = nil
            told.insert(id)
            return queue.push { [warning] in warning.receiver(id, max(0, remaining)) }
        }
        let sleep = min(remaining - warning.span, Self.longestSleep)
        timers[id] = io.timers.schedule(at: .now + sleep) { [self] in watch(id, until: expiry) }
    }
}
