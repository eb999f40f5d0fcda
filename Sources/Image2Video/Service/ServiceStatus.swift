/// How far the service is with a video.
public enum ServiceStatus: Int32, Sendable {
    /// Waiting for its turn.
    case queueing = 1
    /// Being made.
    case processing = 2
    /// Finished.
    case completed = 3
    /// Given up.
    case failed = 4
}
