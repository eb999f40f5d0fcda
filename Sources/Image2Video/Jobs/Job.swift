/// One video on its way. The host reads it from any thread; the engine, on the I/O thread, writes it.
public final class Job: Operation, @unchecked Sendable {
    public typealias Handler = (_ job: Job, _ event: Event) -> Void

    /// What a job can ask of whoever made it.
    struct Owner {
        let wait: (_ job: Job, _ limit: Instant) throws(I2VError) -> Bool
        let fetch: (_ job: Job, _ target: Target, _ handler: Handler?) throws(I2VError) -> Void
        let cancel: (_ job: Job) throws(I2VError) -> Void
        let reconcile: (_ job: Job, _ handler: Handler?) throws(I2VError) -> Void
    }

    /// What becomes of a job.
    struct Facts {
        var state = JobState.submitting
        var id: String?
        var idText: CText?
        var video: Video?
        var receipt: Video?
        var error: I2VError?
        var expectedTime: Int64?
    }

    let number: Int
    let kind: Kind
    /// The most credits that its create is estimated to take; nil for what this client did not create.
    let estimate: Double?
    private let owner: Owner
    private let lock = Lock()

    /// How things stand, and how they stood when they were last told: what is told is on disk.
    private var current: Facts
    private var told: Facts
    private var currentProgress: (received: Int64, total: Int64) = (0, -1)
    private var currentTarget: Target?
    private var currentPathText: CText?
    /// Every path this job ever had stays valid, since hosts may hold a pointer to it.
    private var pathTexts: [CText] = []

    /// Who hears of this job. The I/O thread's.
    var handler: Handler?
    /// The credits that were booked for it, and whether its estimate is no longer set aside. The I/O
    /// thread's.
    var booked: Double?
    var isReleased = false
    /// Its host does not want it any more. The I/O thread's.
    var wasCancelled = false
    /// What outlives the process. The I/O thread's.
    let record: Record

    init(
        number: Int, kind: Kind, estimate: Double?, record: Record, id: String? = nil, target: Target?,
        handler: Handler?, owner: Owner
    ) {
        self.number = number
        self.kind = kind
        self.estimate = estimate
        self.record = record
        self.handler = handler
        self.owner = owner
        current = Facts(id: id, idText: id.map { CText($0) })
        told = current
        super.init()
        setTarget(target)
    }

    /// A job for a video that came along with this one's, and that nobody asked for.
    func surplus(at position: Int) -> Job {
        let record = record.at(position)
        record.isOpen = false
        return Job(
            number: -1, kind: kind, estimate: nil, record: record, target: nil, handler: nil, owner: owner)
    }

    // MARK: What a host may know

    public var state: JobState { lock.withLock { told.state } }
    public var id: String? { lock.withLock { told.id } }
    public var idText: CText? { lock.withLock { told.idText } }
    /// The service's latest word.
    public var video: Video? { lock.withLock { told.video } }
    /// The service's answer to the create.
    public var receipt: Video? { lock.withLock { told.receipt } }
    /// The error that ended the job; while it goes on, the one that hinders it.
    public var error: I2VError? { lock.withLock { told.error } }
    /// Bytes downloaded, and the size of the video or -1.
    public var progress: (received: Int64, total: Int64) { lock.withLock { currentProgress } }
    /// Milliseconds from its creation that such a video usually takes; nil before it is created.
    public var expectedTime: Int64? { lock.withLock { told.expectedTime } }
    public var path: String? { target?.path }
    public var pathText: CText? { lock.withLock { currentPathText } }
    var target: Target? { lock.withLock { currentTarget } }

    // MARK: What a host may do

    /// Waits until what was started has ended and its last event was delivered; throws what ended it.
    public func wait(timeout: Int64 = .forever) throws(I2VError) {
        guard try owner.wait(self, .now + timeout) else {
            throw I2VError(.timeout, "the job is still going on after \(timeout) ms", isRetryable: true)
        }
        if let error { throw error }
    }

    /// Starts to save the finished video.
    public func fetch(to target: Target, onEvent: Handler? = nil) throws(I2VError) {
        try owner.fetch(self, target, onEvent)
    }

    /// Ends what the job is doing. What the service accepted goes on there.
    public func cancel() throws(I2VError) {
        try owner.cancel(self)
    }

    /// Looks through the account's recent videos for the one that a create made whose answer was lost.
    public func reconcile(onEvent: Handler? = nil) throws(I2VError) {
        try owner.reconcile(self, onEvent)
    }

    // MARK: What the engine writes

    /// How things stand, which is not told yet.
    var facts: Facts { lock.withLock { current } }

    /// The service gave the id in its answer to a create, or listed it. An id that a host came with may be nobody's.
    var isKnownToExist: Bool {
        let facts = facts
        return facts.id != nil
            && (record.origin.call != nil || record.wasKnownToExist || facts.video != nil)
    }

    /// From now on the host may know how things stand.
    func tell() {
        lock.withLock { told = current }
    }

    /// The job is about this video from now on. Its first id stays, since hosts may hold a pointer to it.
    func accept(_ receipt: Video) {
        let receipt = receipt.alone()
        lock.withLock {
            current.receipt = receipt
            current.video = receipt
            guard current.id == nil, let id = receipt.id else { return }
            current.id = id
            current.idText = CText(id)
        }
    }

    /// Notes the service's latest word; true when it differs in what a host would want to hear of.
    func note(_ video: Video) -> Bool {
        let video = video.alone()
        return lock.withLock {
            defer { current.video = video }
            return current.video?.status != video.status
        }
    }

    func note(expectedTime: Int64) {
        lock.withLock { current.expectedTime = expectedTime }
    }

    func note(received: Int64, total: Int64) {
        lock.withLock { currentProgress = (received, total) }
    }

    func move(to state: JobState, error: I2VError? = nil) {
        lock.withLock {
            current.state = state
            current.error = error
        }
    }

    /// Notes what hinders the job, which goes on; nil when nothing does. True when that is news.
    func hinder(_ error: I2VError?) -> Bool {
        lock.withLock {
            guard !current.state.isFinal else { return false }
            switch (current.error, error) {
            case (nil, nil): return false
            case (let known?, let error?) where known.isLike(error): return false
            default: break
            }
            current.error = error
            return true
        }
    }

    /// What an operation that starts replaces, so that one that cannot start after all leaves no trace.
    struct Before {
        fileprivate let state: JobState
        fileprivate let error: I2VError?
        fileprivate let progress: (received: Int64, total: Int64)
        let target: Target?
        fileprivate let pathText: CText?
    }

    /// Leaves `completed`, `saved` or `failed` for `fetching`; nil when the job is in no such state.
    func beginFetch(to target: Target) -> Before? {
        lock.withLock {
            guard told.state.isFinal, told.video?.videoURL != nil else { return nil }
            let before = leave(for: .fetching)
            currentProgress = (0, -1)
            setTarget(target)
            return before
        }
    }

    /// Leaves `failed` for `submitting`, where a video may be in the making all the same; nil when the job is in
    /// no such state.
    func beginReconciling() -> Before? {
        lock.withLock {
            guard told.state == .failed, told.error?.charge == .possible, current.id == nil else {
                return nil
            }
            return leave(for: .submitting)
        }
    }

    func takeBack(_ before: Before) {
        lock.withLock {
            setState(before.state, before.error)
            currentProgress = before.progress
            currentTarget = before.target
            currentPathText = before.pathText
        }
    }

    // MARK: With the lock held

    /// Leaves a state that was told for one that is told at once: it is the host that asks for it.
    private func leave(for state: JobState) -> Before {
        defer { setState(state, nil) }
        return Before(
            state: told.state, error: told.error, progress: currentProgress, target: currentTarget,
            pathText: currentPathText)
    }

    private func setState(_ state: JobState, _ error: I2VError?) {
        (current.state, current.error) = (state, error)
        (told.state, told.error) = (state, error)
    }

    /// Or before anyone else knows the job.
    private func setTarget(_ target: Target?) {
        currentTarget = target
        currentPathText = target.map { CText($0.path) }
        if let currentPathText { pathTexts.append(currentPathText) }
    }
}
