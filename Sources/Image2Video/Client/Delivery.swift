/// Where the host's callbacks run.
public enum Delivery: Int32, Sendable {
    /// On whatever thread the host dispatches or waits on.
    case dispatch = 0
    /// On the client's own thread, as soon as they are due. They must not block it.
    case thread = 1
}
