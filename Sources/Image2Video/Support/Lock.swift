import CSystem

/// A mutual-exclusion lock. Swift's own needs a runtime that the shipped library does without.
public final class Lock: @unchecked Sendable {
    let mutex: UnsafeMutablePointer<pthread_mutex_t>

    public init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// For what cannot be a block, such as the time around a fork.
    public func lock() {
        pthread_mutex_lock(mutex)
    }

    public func unlock() {
        pthread_mutex_unlock(mutex)
    }

    public func withLock<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }
}

/// Lets threads wait, with a lock held, until another thread changed what the lock protects.
final class Condition: @unchecked Sendable {
    private let cond: UnsafeMutablePointer<pthread_cond_t>

    init() {
        cond = .allocate(capacity: 1)
        cond.initialize(to: pthread_cond_t())
        _ = i2v_cond_init_monotonic(cond)
    }

    deinit {
        pthread_cond_destroy(cond)
        cond.deallocate()
    }

    func wakeAll() {
        pthread_cond_broadcast(cond)
    }

    /// Gives the lock up, waits to be woken or for `time` to come, and takes the lock again.
    func wait(_ lock: Lock, until time: Instant) {
        guard time != .never else {
            pthread_cond_wait(cond, lock.mutex)
            return
        }
        var limit = timespec()
        limit.tv_sec = Int(truncatingIfNeeded: time.milliseconds / 1000)
        limit.tv_nsec = Int(truncatingIfNeeded: time.milliseconds % 1000) * 1_000_000
        pthread_cond_timedwait(cond, lock.mutex, &limit)
    }
}
