import CSystem

/// The clients' threads, for the end of the process. exit() has the TLS library take itself apart while other
/// threads go on; one that is in the middle of it then crashes the process. So they are brought to a halt
/// first: libcurl was started, and the TLS library with it, before `begin` is called for the first time, so
/// that what is registered here runs before what they registered.
enum ProcessExit {
    /// How long the end of the process waits for a thread that a callback holds up, in milliseconds.
    private static let patience: Int64 = 1000

    /// Forks wait for it, so that a child never finds it locked.
    private static let lock = Lock()
    nonisolated(unsafe) private static var threads: [Unmanaged<IOThread>] = []
    nonisolated(unsafe) private static var isRegistered = false

    static func begin(_ thread: IOThread) {
        pthread_mutex_lock(lock.mutex)
        defer { pthread_mutex_unlock(lock.mutex) }
        threads.append(.passUnretained(thread))
        guard !isRegistered else { return }
        isRegistered = true
        atexit { ProcessExit.haltAll() }
        pthread_atfork(
            { pthread_mutex_lock(ProcessExit.lock.mutex) },
            { pthread_mutex_unlock(ProcessExit.lock.mutex) },
            {
                // The child has none of these threads.
                ProcessExit.threads = []
                pthread_mutex_unlock(ProcessExit.lock.mutex)
            })
    }

    static func end(_ thread: IOThread) {
        lock.withLock {
            threads.removeAll { $0.toOpaque() == Unmanaged.passUnretained(thread).toOpaque() }
        }
    }

    private static func haltAll() {
        let limit = Instant.now + patience
        let running = lock.withLock { threads.map { $0.takeUnretainedValue() } }
        for thread in running { thread.halt(until: limit) }
    }
}
