import CSystem

/// Brings events from the client's thread to the host: a queue with one deliverer at a time, so that
/// callbacks of a client never overlap, and a descriptor that is readable while something waits.
final class CompletionQueue: @unchecked Sendable {
    private struct Entry {
        /// nil for what belongs to no operation.
        let operation: Operation?
        let event: Event
        let deliver: (() -> Void)?

        var ends: Operation? { event == .done ? operation : nil }
    }

    let descriptor: Int32
    private let lock = Lock()
    private let changed = Condition()
    private var entries = Line<Entry>()
    private var deliverer: pthread_t?
    private var deliversDone = false
    private var isClosed = false
    private var unfinished = 0

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    static func make() throws(I2VError) -> CompletionQueue {
        let descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else {
            throw I2VError(.system, "no descriptor can be made", systemError: i2v_errno())
        }
        return CompletionQueue(descriptor: descriptor)
    }

    deinit {
        close(descriptor)
    }

    /// Operations whose last event has not been delivered. Inside the handler of such an event it no longer
    /// counts; for everyone else it counts until the handler has returned, since that may start another.
    var count: Int { lock.withLock { unfinished - (deliversDone && isDeliveringHere ? 1 : 0) } }

    /// An operation starts; exactly one `done` must follow.
    func begin(_ operation: Operation) {
        lock.withLock {
            unfinished += 1
            operation.unsettled += 1
        }
    }

    /// The operation did not start after all.
    func takeBack(_ operation: Operation) {
        lock.withLock {
            unfinished -= 1
            operation.unsettled -= 1
        }
    }

    /// Queues an event; one that only says "look again" is joined with its like that still waits.
    func push(_ event: Event, of operation: Operation, _ deliver: (() -> Void)?) {
        lock.withLock {
            guard operation.pending & event.bit == 0 else { return }
            operation.pending |= event.bit
            append(Entry(operation: operation, event: event, deliver: deliver))
        }
    }

    /// Queues what belongs to no operation.
    func push(_ deliver: @escaping () -> Void) {
        lock.withLock { append(Entry(operation: nil, event: .status, deliver: deliver)) }
    }

    func isSettled(_ operation: Operation) -> Bool {
        lock.withLock { operation.unsettled == 0 }
    }

    var isCurrentThreadDelivering: Bool {
        lock.withLock { isDeliveringHere }
    }

    /// Delivers what is waiting, or waits for the first event until `limit`; gives the number delivered. What
    /// comes meanwhile is left to the next call: handlers may start new things faster than they are delivered.
    func deliver(until limit: Instant) throws(I2VError) -> Int {
        var (count, waiting) = (0, 0)
        try run(until: limit) {
            count += 1
        } isDone: {
            if count == 0 { waiting = entries.count }
            return count > 0 && (count == waiting || entries.isEmpty)
        }
        return count
    }

    /// Delivers, or where others deliver waits, until the job's operations have settled; false when `limit`
    /// came first, which may be while a handler runs.
    func wait(for operation: Operation, until limit: Instant, delivers: Bool) throws(I2VError) -> Bool {
        var hasDelivered = false
        try run(until: limit, delivers: delivers) {
            hasDelivered = true
        } isDone: {
            operation.unsettled == 0 || hasDelivered && limit <= .now
        }
        return isSettled(operation)
    }

    /// Delivers everything there is without waiting.
    func drain() {
        try? run(until: .never) { entries.isEmpty || deliverer != nil }
    }

    /// Delivers what is left, and then ends every wait for what will not come any more.
    func deliverRest() {
        try? run(until: .never) { entries.isEmpty && deliverer == nil }
        lock.withLock {
            isClosed = true
            changed.wakeAll()
        }
    }

    // MARK: With the lock held

    private func append(_ entry: Entry) {
        if entries.isEmpty { _ = eventfd_write(descriptor, 1) }
        entries.append(entry)
        changed.wakeAll()
    }

    private var isDeliveringHere: Bool {
        deliverer.map { pthread_equal($0, pthread_self()) != 0 } ?? false
    }

    /// The one way through the queue: `isDone` is asked with the lock held, before anything else.
    private func run(
        until limit: Instant, delivers: Bool = true, onDelivery: () -> Void = {}, isDone: () -> Bool
    ) throws(I2VError) {
        pthread_mutex_lock(lock.mutex)
        defer { pthread_mutex_unlock(lock.mutex) }
        if isDeliveringHere {
            throw I2VError(.inCallback, "a call that waits or delivers was made from inside a callback")
        }
        while !isDone() {
            if delivers && deliverer == nil && !entries.isEmpty {
                deliverFirst()
                onDelivery()
            } else if isClosed {
                throw I2VError(.closed, "the client has been destroyed")
            } else if limit <= .now {
                return
            } else {
                changed.wait(lock, until: limit)
            }
        }
    }

    private func deliverFirst() {
        guard let entry = entries.removeFirst() else { return }
        if entries.isEmpty {
            var value: eventfd_t = 0
            _ = eventfd_read(descriptor, &value)
        }
        if let operation = entry.operation { operation.pending &= ~entry.event.bit }
        deliverer = pthread_self()
        deliversDone = entry.ends != nil
        pthread_mutex_unlock(lock.mutex)
        entry.deliver?()
        pthread_mutex_lock(lock.mutex)
        deliverer = nil
        if let operation = entry.ends {
            unfinished -= 1
            operation.unsettled -= 1
        }
        changed.wakeAll()
    }
}

extension Event {
    /// 0 for those that each count.
    fileprivate var bit: UInt8 {
        switch self {
        case .status: return 1
        case .progress: return 2
        case .warning: return 4
        case .created, .done: return 0
        }
    }
}

/// First come, first served, at the same cost however many wait: an array gives its first away by moving all
/// others.
private struct Line<Element> {
    private var elements: [Element?] = []
    private var first = 0

    var count: Int { elements.count - first }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: Element) {
        elements.append(element)
    }

    /// nil when nobody waits.
    mutating func removeFirst() -> Element? {
        guard !isEmpty else { return nil }
        let element = elements[first]
        elements[first] = nil
        first += 1
        if 2 * first > elements.count {
            elements.removeFirst(first)
            first = 0
        }
        return element
    }
}
