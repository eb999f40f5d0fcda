/// Something a host started and that ends once, as far as delivery is concerned.
public class Operation: @unchecked Sendable {
    /// Starts whose end has not been delivered. Guarded by the completion queue's lock.
    final var unsettled = 0
    /// A bit for each event that only says "look again" and still waits to be delivered. Guarded by the same.
    final var pending: UInt8 = 0
}
