import CSystem

/// The right to put one create on the wire, once. Only `Bookkeeper` makes one, and only after the transaction that
/// has the create as sent is on disk; `Transport.send` uses it up. So no order of calls lets a create leave that a
/// later process would send again.
struct SendPermit: ~Copyable {
    fileprivate init() {}
}

/// Keeps the ledger in step with the jobs. Changes are collected while the thread works and written together,
/// once before the network goes on and once after, so that creates that come together share a sync. A create
/// whose turn has come is written as sent, and gets its permit after the commit. Callbacks that must follow the
/// write, such as telling the host, wait for it, for some seconds where the failure may pass, and run anyway if it
/// fails. Without a ledger nothing waits. Belongs to the I/O thread.
final class Bookkeeper {
    /// Milliseconds between tries to write what could not be written: while that may pass, and later.
    private static let shortPause: Int64 = 200
    private static let pause: Int64 = 1_000
    /// Milliseconds that callbacks which must follow a write wait for a failure to pass: a lock, or a full disk.
    static let longestWait: Int64 = 5_000
    /// Milliseconds that the end waits for the same.
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
    /// Creates whose turn has come, and that have no permit yet.
    private var intents: [Creation] = []
    /// Creates are held back until a write succeeds: there is something to try even if nothing has changed.
    private var isAwaited = false
    private var nextTry = Instant(milliseconds: 0)
    private var failingSince: Instant?
    private var tryAgain: Timers.ID?
    private var heartbeat: Timers.ID?

    /// Another process has taken the job up.
    var onLost: ((Job) -> Void)?
    /// The create is on disk as sent, and may leave.
    var onPermit: ((Creation, consuming SendPermit) -> Void)?
    /// The create must not leave: it could not be written down.
    var onRefused: ((Creation, I2VError) -> Void)?
    /// Writes still fail (the error), or succeed again (nil).
    var onHeldUp: ((I2VError?) -> Void)?
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

    /// Whether the service gave the video to another create of the ledger.
    func hasMade(_ id: String, for job: Job) -> Bool {
        guard let ledger else { return false }
        return (try? ledger.hasMade(id: id, besides: job.record.row)) ?? false
    }

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
            throw I2VError(
                .outcomeUnknown,
                "a video of the account may be the one, but that could not be written down: \(error.message); it "
                    + "may be in the making and charged", systemError: error.systemError, charge: .possible)
        }
    }

    /// The last write failed for a reason that may pass: others lock the file, or its disk is full or fails.
    private(set) var isHeldUp = false

    /// Callbacks that must follow the write still wait for it.
    private var isWaiting: Bool {
        guard let failingSince, isHeldUp else { return false }
        return .now - failingSince < Self.longestWait
    }

    /// The job is not what the ledger says any more.
    func note(_ job: Job) {
        tell(job)
        guard ledger != nil, !job.record.isLost || job.facts.id != nil,
            isChanged.insert(ObjectIdentifier(job)).inserted
        else { return }
        changed.append(job)
    }

    /// The turn of the create has come: it is written as sent, and then gets its permit.
    func intend(_ creation: Creation) {
        for job in creation.jobs {
            job.record.sent = WallClock.now
            note(job)
        }
        intents.append(creation)
    }

    /// The create does not leave after all.
    func withdraw(_ creation: Creation) {
        intents.removeAll { $0 === creation }
    }

    /// Nothing can be written at present, so creates need not even queue for their turn.
    func holdsBack(_ creation: Creation) -> Bool {
        guard ledger != nil, failingSince != nil, needsLedger(creation) else { return false }
        isAwaited = true
        return true
    }

    /// A create may leave without the ledger only where the host allows that and no row says that it is still to
    /// be sent: whoever resumes would send it again.
    private func needsLedger(_ creation: Creation) -> Bool {
        isRequired || creation.jobs.contains { $0.record.row != nil }
    }

    /// There is news of the job, which need not be written down for its own sake.
    func tell(_ job: Job) {
        if untold.last !== job { untold.append(job) }
    }

    /// Does something when all that was noted is on disk.
    func afterwards(_ action: @escaping () -> Void) {
        waiting.append(action)
    }

    /// The ledger has the job as it is, and not as another process goes on with it.
    func isOnDisk(_ job: Job) -> Bool {
        ledger != nil && !job.record.isLost && !isChanged.contains(ObjectIdentifier(job))
    }

    func settle() {
        // What happens afterwards may change jobs in turn. What that leads to waits for the next turn, if it
        // goes on and on. What cannot be written is tried once: others may be at work on the ledger for long.
        var mayWrite = true
        for _ in 0..<8 where !untold.isEmpty || !waiting.isEmpty || (mayWrite && hasToWrite) {
            if mayWrite { mayWrite = write() }
            if !mayWrite, isWaiting { break }
            tellAll()
            runWaiting()
        }
        if mayWrite, hasToWrite { _ = io.timers.schedule(at: .now) {} }
        keepHeartBeating()
    }

    private var hasToWrite: Bool { !changed.isEmpty || !intents.isEmpty || isAwaited }

    private func runWaiting() {
        let ready = waiting
        waiting = []
        for action in ready { action() }
    }

    private func tellAll() {
        for job in untold { job.tell() }
        untold = []
    }

    /// Writes the rest and lets everything go.
    func close() {
        let limit = Instant.now + Self.patience
        nextTry = Instant(milliseconds: 0)
        while !write(), isHeldUp, .now < limit {
            usleep(20_000)
            nextTry = Instant(milliseconds: 0)
        }
        tellAll()
        // Written or not, the host hears of every end.
        for _ in 0..<8 where !waiting.isEmpty { runWaiting() }
        tellAll()
        // What cannot be written is given up: jobs hold their client, and this is held by it.
        io.timers.cancel(tryAgain)
        (changed, isChanged, waiting, intents) = ([], [], [], [])
        do throws(I2VError) { try ledger?.close(until: limit) } catch { log.error("\(error.message)") }
        (onLost, onPermit, onRefused, onHeldUp) = (nil, nil, nil, nil)
        (onRevived, isBusy) = (nil, nil)
    }

    // MARK: Writing

    /// False when something is left to be written.
    private func write() -> Bool {
        guard hasToWrite else { return true }
        guard let ledger else {
            for creation in takeIntents() { onPermit?(creation, SendPermit()) }
            return true
        }
        guard nextTry <= .now else {
            if let error = problem.current { refuseIntents(error) }
            return false
        }
        do {
            let lost = try ledger.write(changed)
            (changed, isChanged, isAwaited) = ([], [], false)
            written(intents, lost)
            return true
        } catch {
            failed(error)
            return false
        }
    }

    /// All that was noted is on disk, and with it that the creates of `intents` are sent.
    private func written(_ intents: [Creation], _ lost: [Job]) {
        problem.set(nil)
        nextTry = Instant(milliseconds: 0)
        let wasFailing = failingSince != nil
        (failingSince, isHeldUp) = (nil, false)
        if ledger?.takeRevival() == true { onRevived?() }
        // A create of a job that another process has taken up is withdrawn here.
        for job in lost where !job.record.isLost {
            job.record.isLost = true
            onLost?(job)
        }
        for creation in intents where self.intents.contains(where: { $0 === creation }) {
            withdraw(creation)
            if creation.jobs.allSatisfy({ $0.record.isWrittenAsSent }) {
                onPermit?(creation, SendPermit())
            } else {
                onRefused?(creation, I2VError(.ledger, "the create is not this process's to send"))
            }
        }
        if wasFailing { onHeldUp?(nil) }
    }

    /// Nothing of it is on disk. What has not left yet must not leave now.
    private func failed(_ error: I2VError) {
        log.error("\(error.message)")
        problem.set(error)
        failingSince = failingSince ?? .now
        isHeldUp = ledger?.mayPass ?? false
        nextTry = .now + (isWaiting ? Self.shortPause : Self.pause)
        // Always anew: an earlier timer that is still to fire would fire before the next try is due, for nothing.
        io.timers.cancel(tryAgain)
        tryAgain = io.timers.schedule(at: nextTry) { [self] in tryAgain = nil }
        refuseIntents(error)
        onHeldUp?(error)
        if changed.count > Self.mostUnwritten { forgetEnded() }
    }

    private func refuseIntents(_ error: I2VError) {
        for creation in takeIntents() {
            if needsLedger(creation) {
                onRefused?(creation, error)
            } else {
                onPermit?(creation, SendPermit())
            }
        }
    }

    private func takeIntents() -> [Creation] {
        defer { intents = [] }
        return intents
    }

    /// A client that may go on without its ledger remembers so many unwritten jobs, and drops the oldest ended ones.
    private func forgetEnded() {
        var surplus = changed.count - Self.mostUnwritten
        changed.removeAll {
            guard surplus > 0, $0.facts.state.isFinal, $0.record.row == nil else { return false }
            surplus -= 1
            isChanged.remove(ObjectIdentifier($0))
            return true
        }
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

extension Record {
    /// As far as the last commit says: its create is sent, and this client holds it.
    fileprivate var isWrittenAsSent: Bool { row != nil && holder != nil && sent != nil }
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
