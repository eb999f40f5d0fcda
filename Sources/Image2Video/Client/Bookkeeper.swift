/// Keeps the ledger in step with the jobs. Changes are collected while the thread works and written together,
/// once before the network goes on and once after: a create is on disk before it can leave, and creates that come
/// together share a sync. What should only happen afterwards, such as telling the host, waits for that, and
/// happens all the same when it cannot be written, or others are at work on the ledger for long. Without a ledger
/// nothing waits. Belongs to the I/O thread.
final class Bookkeeper {
    /// Milliseconds between tries to write what could not be written: because of others, or otherwise.
    private static let shortPause: Int64 = 200
    private static let pause: Int64 = 1_000
    /// Milliseconds that what should only happen afterwards waits for others who are at work on the ledger.
    static let longestWait: Int64 = 5_000
    /// Milliseconds that the end waits for others who are at work on the ledger.
    private static let patience: Int64 = 2_000
    /// Jobs that have ended are remembered up to so many, while they cannot be written down.
    private static let mostUnwritten = 10_000

    private let ledger: Ledger?
    private let isRequired: Bool
    private let io: IOThread
    private let log: Log
    private let problem: LedgerProblem

    private var changed: [Job] = []
    private var isChanged: Set<ObjectIdentifier> = []
    /// Jobs whose host does not know yet how things stand.
    private var untold: [Job] = []
    private var waiting: [() -> Void] = []
    private var nextTry = Instant(milliseconds: 0)
    private var failingSince: Instant?
    /// A create is about to leave: that cannot wait for the next try.
    private var isUrgent = false
    private var tryAgain: Timers.ID?
    private var heartbeat: Timers.ID?

    /// Another process has taken the job up.
    var onLost: ((Job) -> Void)?
    /// The job's create must not leave: it could not be written down.
    var onRefused: ((Job, I2VError) -> Void)?
    /// The lease had run out: others may have taken up what is under way here.
    var onRevived: (() -> Void)?
    /// Whether anything is under way that a lease must be kept for.
    var isBusy: (() -> Bool)?

    init(_ ledger: Ledger?, isRequired: Bool, io: IOThread, log: Log, problem: LedgerProblem) {
        self.ledger = ledger
        self.isRequired = isRequired
        self.io = io
        self.log = log
        self.problem = problem
    }

    /// Somebody may go on later with what is not finished now.
    var keeps: Bool { ledger != nil }

    /// Whether a job of the ledger is about the video.
    func knows(_ id: String) -> Bool {
        guard let ledger else { return false }
        return (try? ledger.contains(id: id)) ?? true
    }

    /// Makes the video this job's and no other's of the ledger.
    func reserve(_ id: String, for job: Job) throws(I2VError) -> Ledger.Reservation {
        guard let ledger else { return .given }
        do throws(I2VError) {
            return try ledger.reserve(id, for: job.record)
        } catch {
            // What cannot be written is not given: nothing must be given to two.
    /// Whether the service gave the video to another create of the ledger.
    func hasMade(_ id: String, for job: Job) -> Bool {
        guard let ledger else { return false }
        return (try? ledger.hasMade(id: id, besides: job.record.row)) ?? false
    }

            throw I2VError(
                .outcomeUnknown,
                "a video of the account may be the one, but that could not be written down: \(error.message); it "
                    + "may be in the making and charged", systemError: error.systemError, charge: .possible)
        }
    }

    /// The last that could not be written could not because of others.
    var isHeldUp: Bool { ledger?.isBusy ?? false }

    /// What could not be written can wait for others, who are at work on the ledger.
    private var isWaiting: Bool {
        guard let failingSince, isHeldUp else { return false }
        return .now - failingSince < Self.longestWait
    }

    /// The job is not what the ledger says any more; `leaves` when its create is about to leave.
    func note(_ job: Job, leaves: Bool = false) {
        tell(job)
        if leaves, isRequired || job.record.row != nil { isUrgent = true }
        guard ledger != nil, !job.record.isLost || job.facts.id != nil,
            isChanged.insert(ObjectIdentifier(job)).inserted
        else { return }
        changed.append(job)
    }

    /// There is news of the job, which need not be written down for its own sake.
    func tell(_ job: Job) {
        if untold.last !== job { untold.append(job) }
    }

    /// Does something when all that was noted is on disk.
    func afterwards(_ action: @escaping () -> Void) {
        waiting.append(action)
    }

    func settle() {
        // What happens afterwards may change jobs in turn. What that leads to waits for the next turn, if it
        // goes on and on. What cannot be written is tried once: others may be at work on the ledger for long.
        var mayWrite = true
        for _ in 0..<8 where !untold.isEmpty || !waiting.isEmpty || (mayWrite && !changed.isEmpty) {
            if mayWrite { mayWrite = write() }
            if !mayWrite, isWaiting { break }
            tellAll()
            let ready = waiting
            waiting = []
            for action in ready { action() }
        }
        keepHeartBeating()
    }

    private func tellAll() {
        for job in untold { job.tell() }
        untold = []
    }

    /// Writes the rest and lets everything go.
    func close() {
        let limit = Instant.now + Self.patience
        repeat { isUrgent = true } while !write() && isHeldUp && .now < limit
        tellAll()
        // What cannot be written is given up: jobs hold their client, and this is held by it.
        io.timers.cancel(tryAgain)
        (changed, isChanged, waiting) = ([], [], [])
        do throws(I2VError) { try ledger?.close(until: limit) } catch { log.error("\(error.message)") }
        (onLost, onRefused, onRevived, isBusy) = (nil, nil, nil, nil)
    }

    // MARK: Writing

    /// False when something is left to be written.
    private func write() -> Bool {
        guard let ledger, !changed.isEmpty else { return true }
        guard nextTry <= .now || isUrgent else { return false }
        isUrgent = false
        do {
            let jobs = changed
            let lost = try ledger.write(jobs)
            changed = []
            isChanged = []
            problem.set(nil)
            nextTry = Instant(milliseconds: 0)
            failingSince = nil
            if ledger.takeRevival() { onRevived?() }
            for job in lost where !job.record.isLost {
                job.record.isLost = true
                onLost?(job)
            }
            return true
        } catch {
            failed(error)
            return false
        }
    }

    /// Nothing of it is on disk. What has not left yet must not leave now.
    private func failed(_ error: I2VError) {
        log.error("\(error.message)")
        problem.set(error)
        failingSince = failingSince ?? .now
        nextTry = .now + (isWaiting ? Self.shortPause : Self.pause)
        if tryAgain == nil {
            tryAgain = io.timers.schedule(at: nextTry) { [self] in tryAgain = nil }
        }
        // What the ledger has as not sent must not leave even where it may be gone on without one: whoever
        // resumes would send it again.
        for job in changed where job.facts.state == .submitting && (isRequired || job.record.row != nil) {
            onRefused?(job, error)
        }
        if changed.count > Self.mostUnwritten { forgetEnded() }
    }

    /// Where it may be gone on without the ledger, memory has an end, too.
    private func forgetEnded() {
        let ended = changed.filter { $0.facts.state.isFinal && $0.record.row == nil }
        for job in ended { isChanged.remove(ObjectIdentifier(job)) }
        changed.removeAll { !isChanged.contains(ObjectIdentifier($0)) }
    }

    /// The job need not be written down any more.
    func forget(_ job: Job) {
        guard isChanged.remove(ObjectIdentifier(job)) != nil else { return }
        changed.removeAll { $0 === job }
    }

    private func keepHeartBeating() {
        guard let ledger, heartbeat == nil, isBusy?() == true else { return }
        heartbeat = io.timers.schedule(at: .now + Holder.heartbeat) { [self] in
            heartbeat = nil
            do throws(I2VError) {
                try ledger.renew()
                if ledger.takeRevival() { onRevived?() }
            } catch {
                log.error("\(error.message)")
            }
        }
    }
}

/// Why the ledger does not work at present. Used from any thread.
final class LedgerProblem: @unchecked Sendable {
    private let lock = Lock()
    private var error: I2VError?

    func set(_ error: I2VError?) {
        lock.withLock { self.error = error }
    }

    var current: I2VError? { lock.withLock { error } }
}
