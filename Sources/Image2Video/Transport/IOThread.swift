import CCurl
import CSystem

/// The client's one thread. It owns the transport and the timers; everything that touches them is posted
/// here.
final class IOThread: @unchecked Sendable {
    let transport: Transport
    let timers = Timers()

    private let lock = Lock()
    private var mailbox: [() -> Void] = []
    private var isStopping = false
    private var isRunning = false
    private var thread = pthread_t()

    /// Runs at the end of every turn, on the thread.
    var afterTurn: (() -> Void)?

    init(transport: Transport) {
        self.transport = transport
    }

    func start() throws(I2VError) {
        let context = Unmanaged.passRetained(self)
        let code = i2v_thread_start(
            &thread, "image2video",
            { context in
                if let context { Unmanaged<IOThread>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context.toOpaque())
        guard code == 0 else {
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

    /// Lets the thread do what was posted so far, and `last` after it, and waits for its end.
    func stop(after last: @escaping () -> Void) {
        let isFirst = lock.withLock {
            guard !isStopping else { return false }
            mailbox.append(last)
            isStopping = true
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

    private func run() {
        while true {
            let (work, isLast) = lock.withLock {
                defer { mailbox = [] }
                return (mailbox, isStopping)
            }
            for item in work { item() }
            if isLast { break }
            timers.fire(now: .now)
            transport.advance()
            afterTurn?()
            transport.wait(until: timers.next)
        }
        transport.close()
        timers.cancelAll()
        afterTurn?()
        afterTurn = nil
    }
}
