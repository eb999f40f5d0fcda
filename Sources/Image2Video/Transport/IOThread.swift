import CCurl
import CSystem

/// The client's one thread. It owns the transport and the timers; everything that touches them is posted
/// here.
final class IOThread: @unchecked Sendable {
    let transport: Transport
    let timers = Timers()

    private let lock = Lock()
    /// How everything ends.
    struct Ending {
        /// Stops what can be stopped.
        let begin: () -> Void
        /// Nothing is left that is worth waiting for.
        let isDone: () -> Bool
        /// Milliseconds to wait for that.
        let patience: Int64
        /// Breaks off the rest.
        let last: () -> Void
    }

    private var mailbox: [() -> Void] = []
    private var isStopping = false
    private var ending: Ending?
    private var isRunning = false
    private var thread = pthread_t()
    private let hasLeft = Condition()
    private var isHalting = false
    private var isOver = false

    /// Runs before the network goes on, and again after it did, on the thread: what begins in between is not on
    /// the wire before it ran.
    var settle: (() -> Void)?
    /// Runs at the end of every turn, on the thread.
    var afterTurn: (() -> Void)?
    /// Runs before the last `afterTurn`, on the thread.
    var atEnd: (() -> Void)?

    init(transport: Transport) {
        self.transport = transport
    }

    func start() throws(I2VError) {
        let context = Unmanaged.passRetained(self)
        ProcessExit.begin(self)
        let code = i2v_thread_start(
            &thread, "image2video",
            { context in
                if let context { Unmanaged<IOThread>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            ProcessExit.end(self)
            context.release()
            throw I2VError(.system, "the client's thread cannot be started", systemError: code)
        }
        isRunning = true
    }

    var isCurrent: Bool { isRunning && pthread_equal(thread, pthread_self()) != 0 }

    /// Runs `work` on the thread, after what was posted before. False when the thread is ending.
    @discardableResult
    func post(_ work: @escaping () -> Void) -> Bool {
        // Woken with the lock held: once the thread saw that it is to end, nobody reaches for the transport.
        lock.withLock {
            guard !isStopping else { return false }
            mailbox.append(work)
            transport.wakeUp()
            return true
        }
    }

    /// Lets the thread do what was posted so far and then come to its end, and waits for that.
    func stop(_ ending: Ending) {
        let isFirst = lock.withLock {
            guard !isStopping else { return false }
            isStopping = true
            mailbox.append(ending.begin)
            self.ending = ending
            transport.wakeUp()
            return true
        }
        guard isFirst, isRunning else { return }
        if isCurrent {
            pthread_detach(thread)
        } else {
            pthread_join(thread, nil)
        }
    }

    /// Has the thread stop for good where it stands between two turns, since the process ends, and waits for
    /// that. What it was about to do stays undone, as if the process had been killed.
    func halt(until limit: Instant) {
        guard !isCurrent else { return }
        lock.withLock {
            isHalting = true
            if !isStopping && !isOver { transport.wakeUp() }
            while !isOver && .now < limit { hasLeft.wait(lock, until: limit) }
        }
    }

    private func leave() {
        ProcessExit.end(self)
        lock.withLock {
            isOver = true
            hasLeft.wakeAll()
        }
    }

    private func run() {
        defer { leave() }
        var limit = Instant.never
        while true {
            let (work, ending, isHalting) = lock.withLock { () -> ([() -> Void], Ending?, Bool) in
                defer { mailbox = [] }
                return (mailbox, self.ending, self.isHalting)
            }
            if isHalting {
                // Nobody may take the connections down any more, not even who holds this last.
                _ = Unmanaged.passRetained(self)
                return
            }
            for item in work { item() }
            if let ending {
                limit = min(limit, .now + ending.patience)
                if limit <= .now || ending.isDone() {
                    ending.last()
                    break
                }
            }
            timers.fire(now: .now)
            transport.admit()
            settle?()
            transport.advance()
            settle?()
            afterTurn?()
            if ending?.isDone() == true { continue }
            transport.wait(until: min(limit, timers.next, transport.next))
        }
        lock.withLock { ending = nil }
        settle?()
        transport.close()
        timers.cancelAll()
        atEnd?()
        afterTurn?()
        (settle, afterTurn, atEnd) = (nil, nil, nil)
    }
}
