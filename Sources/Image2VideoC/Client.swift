// Section 5: Client
// The client owns the connection to the service, one thread, and everything that is under way. One client is
// enough for any number of jobs. Two calls cost nothing to know: i2v_client_animate() does the whole job and
// returns when the file is there; i2v_client_submit() starts a job and returns at once.
import Image2Video

/// A connection to the service, with its thread and its jobs.
public typealias i2v_client = OpaquePointer

/// Something that happened to a job.
/// - Values: Event I2V_EVENT_
public typealias i2v_event = Int32

/// Tells that something happened to a job. What happened is read from the job with its getters. `job` is
/// valid during the call; retain it to keep it. Events that the host has not taken yet are joined: at most
/// one I2V_EVENT_STATUS, one I2V_EVENT_PROGRESS and one I2V_EVENT_WARNING of a job are waiting at any time.
/// I2V_EVENT_WARNING says that the job is hindered and goes on: i2v_job_copy_error() says by what, and gives NULL when
/// nothing hinders it any more, perhaps by the time of the call. I2V_EVENT_DONE comes last, and exactly once for each
/// operation that started: a submit, new sound, attach, resume, reconcile or fetch.
public typealias i2v_event_fn =
    @convention(c) (
        _ job: i2v_job?, _ event: i2v_event, _ userData: UnsafeMutableRawPointer?
    ) -> Void

/// Create a client and start its thread.
///
/// Nothing is sent. The configuration is copied. Where others are at work on the ledger, they are waited for, up to
/// five seconds.
///
/// - Parameters:
///   - config: the configuration, with one of API key, bearer token and client credentials.
///   - client: receives the client; set to NULL on failure.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, for credentials that are missing or double, or
///   for a value that a setter refused or that is none, with the field at fault; `I2V_ERROR_LEDGER` when the ledger
///   is required and cannot be opened; `I2V_ERROR_FORKED` when it is required in a process that was forked off while
///   a ledger was open; `I2V_ERROR_SYSTEM` when the thread or the descriptors cannot be made, when libcurl cannot
///   start, or for more than 4096 clients at a time.
/// - Ownership: the caller destroys `*client` with `i2v_client_destroy`, and `*error`.
/// - Threads: any thread that does not change `config` at the same time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_client_create")
public func i2v_client_create(
    _ config: Const<i2v_config>?, _ client: UnsafeMutablePointer<i2v_client?>?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    client?.pointee = nil
    return attempt(error) { () throws(I2VError) in
        let configuration = try unwrap(config, as: ConfigurationBox.self, "config").checked()
        guard let client else { throw .null("client") }
        client.pointee = try ClientTable.shared.insert(try Client.start(configuration))
    }
}

/// Destroy a client, ending whatever is under way.
///
/// Takes no new work, ends running jobs as `I2V_ERROR_CANCELLED` (as `I2V_ERROR_OUTCOME_UNKNOWN` when their
/// create was on the wire), ends the thread, and runs the callbacks that are still due before it returns. It
/// waits for the network only where a create is on the wire, at most two seconds, since its answer tells the
/// id of what was paid for, and at most two more for a ledger that others have locked. What the service was asked
/// to make goes on there; its id stays valid.
///
/// With a ledger, `i2v_client_resume` of a later client takes up what had an id, and `i2v_client_reconcile` looks for
/// what ended as `I2V_ERROR_OUTCOME_UNKNOWN`. A create that was not sent is dropped, with a ledger, too, and is not
/// sent later: its job has ended. (A process that ends without this call leaves it in the ledger, and
/// `i2v_client_resume` sends it.)
///
/// - Parameters:
///   - client: the client; NULL is harmless.
/// - Returns: `I2V_OK`; `I2V_ERROR_IN_CALLBACK` from inside one of its callbacks, and `I2V_ERROR_FORKED` in a
///   child of the process that created it: then nothing was done and the client stays as it was;
///   `I2V_ERROR_CLOSED` for a client that was destroyed before.
/// - Threads: any thread, once; other threads that wait in calls on this client come back, and calls that begin
///   afterwards answer `I2V_ERROR_CLOSED`.
/// - Callbacks: must not be called from callbacks of the same client.
/// - Since: 0.1.0
@_cdecl("i2v_client_destroy")
public func i2v_client_destroy(_ client: i2v_client?) -> i2v_status {
    guard client != nil else { return Status.ok.rawValue }
    return attempt(nil) { () throws(I2VError) in
        try ClientTable.shared.find(client).close()
        ClientTable.shared.remove(client)
    }
}

/// Make a video and save it, waiting until the file is there.
///
/// Submits the request, dispatches the client's callbacks while it waits, and returns when the file is
/// complete under its name, or when the job failed or its deadline passed. An existing file is replaced only
/// if the request says so.
///
/// - Parameters:
///   - client: the client.
///   - request: the request; a count above 1 is refused.
///   - path: the file to save to; NULL uses the request's target.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK` when the file is there; `I2V_ERROR_INVALID_ARGUMENT` also when there is no file to save to;
///   `I2V_ERROR_IN_CALLBACK`; as `i2v_client_submit` when the job could not start; otherwise the status that ended
///   the job; `I2V_ERROR_CANCELLED`, `I2V_ERROR_OUTCOME_UNKNOWN` or `I2V_ERROR_CLOSED` when the client is destroyed
///   meanwhile.
/// - Ownership: the caller destroys `*error`.
/// - Threads: any thread that does not change `request` at the same time.
/// - Callbacks: must not be called from callbacks of the same client.
/// - Since: 0.1.0
@_cdecl("i2v_client_animate")
public func i2v_client_animate(
    _ client: i2v_client?, _ request: Const<i2v_request>?, _ path: UnsafePointer<CChar>?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    attempt(error) { () throws(I2VError) in
        let client = try ClientTable.shared.find(client)
        var wish = try unwrap(request, as: RequestBox.self, "request").checked()
        if let path { wish.target = try text(path, "path") }
        try client.animate(wish)
    }
}

/// Submit a request for one video.
///
/// Checks the request, starts the job and returns without waiting for the network. The job's life goes on
/// with `I2V_EVENT_CREATED` when the service has accepted it, and ends with `I2V_EVENT_DONE`.
///
/// - Parameters:
///   - client: the client.
///   - request: the request; a count above 1 is refused.
///   - onEvent: called for each event; may be NULL.
///   - userData: given to `onEvent`; must stay valid until `I2V_EVENT_DONE` was delivered.
///   - job: receives the job; may be NULL when the callback is enough. Set to NULL on failure.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`: the job has started; `I2V_ERROR_INVALID_ARGUMENT` for NULL; `I2V_ERROR_INVALID_ARGUMENT`,
///   `I2V_ERROR_FILE_EXISTS` or `I2V_ERROR_FILE` when the request cannot be carried out; `I2V_ERROR_INVALID_STATE`
///   when another job of the client saves to the same file; `I2V_ERROR_BUSY` when the client has as much under way
///   as it takes; `I2V_ERROR_BUDGET` when the estimate would pass the client's budget; `I2V_ERROR_CLOSED`;
///   `I2V_ERROR_FORKED`; `I2V_ERROR_SYSTEM` without memory. On failure nothing was sent and no callback will come.
/// - Ownership: the caller releases `*job` with `i2v_job_release`, and destroys `*error`.
/// - Threads: any thread that does not change `request` at the same time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_client_submit")
public func i2v_client_submit(
    _ client: i2v_client?, _ request: Const<i2v_request>?, _ onEvent: i2v_event_fn?,
    _ userData: UnsafeMutableRawPointer?, _ job: UnsafeMutablePointer<i2v_job?>?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    job?.pointee = nil
    return attempt(error) { () throws(I2VError) in
        let client = try ClientTable.shared.find(client)
        let wish = try unwrap(request, as: RequestBox.self, "request").checked()
        let started = try client.submit(wish, onEvent: makeHandler(onEvent, userData))
        job?.pointee = handle(started)
    }
}

/// Submit a request for several videos at once, as one create.
///
/// Gives as many jobs as the request's count. The service may accept fewer: the jobs it refused end with the
/// reason it gives.
///
/// - Parameters:
///   - client: the client.
///   - request: the request; its count says how many.
///   - onEvent: called for each event of each job; may be NULL.
///   - userData: given to `onEvent`; must stay valid until every job's `I2V_EVENT_DONE` was delivered.
///   - jobs: an array that receives the jobs; may be NULL when the callback is enough. Set to NULLs on
///     failure.
///   - capacity: the array's length; at least the request's count unless `jobs` is NULL.
///   - error: receives the details on failure; may be NULL.
/// - Returns: as `i2v_client_submit`; `I2V_ERROR_INVALID_ARGUMENT` also for an array that is too short;
///   `I2V_ERROR_BUSY` unless there is room for all of the videos.
/// - Ownership: the caller releases each job with `i2v_job_release`, and destroys `*error`.
/// - Threads: any thread that does not change `request` at the same time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_client_submit_batch")
public func i2v_client_submit_batch(
    _ client: i2v_client?, _ request: Const<i2v_request>?, _ onEvent: i2v_event_fn?,
    _ userData: UnsafeMutableRawPointer?, _ jobs: UnsafeMutablePointer<i2v_job?>?, _ capacity: Int,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    // A capacity beyond what any request can fill is not written to: it may be a wild number.
    if let jobs { for index in 0..<max(0, min(capacity, VideoRequest.maxCount)) { jobs[index] = nil } }
    return attempt(error) { () throws(I2VError) in
        let client = try ClientTable.shared.find(client)
        let wish = try unwrap(request, as: RequestBox.self, "request").checked()
        if jobs != nil && capacity < wish.effectiveCount {
            throw .invalid("capacity", "capacity is smaller than the number of videos asked for")
        }
        let started = try client.submitBatch(wish, onEvent: makeHandler(onEvent, userData))
        if let jobs { for (index, job) in started.enumerated() { jobs[index] = handle(job) } }
    }
}

/// Follow a video by its id, wherever it was created.
///
/// For ids that another process, another day or the service's own pages made known. The job waits for the
/// video like one that this client submitted. It creates nothing.
///
/// - Parameters:
///   - client: the client.
///   - id: the service's id of the video.
///   - path: the file to save to; NULL ends the job when the service has finished the video.
///   - replace: whether an existing file may be replaced.
///   - onEvent: called for each event; may be NULL. There is no `I2V_EVENT_CREATED`.
///   - userData: given to `onEvent`; must stay valid until `I2V_EVENT_DONE` was delivered.
///   - job: receives the job; may be NULL when the callback is enough. Set to NULL on failure.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`: the job has started; `I2V_ERROR_INVALID_ARGUMENT` for NULL, what is no id, or a path that
///   names no file; `I2V_ERROR_FILE_EXISTS` or `I2V_ERROR_FILE` when the file cannot be written;
///   `I2V_ERROR_INVALID_STATE` when another job of the client saves to the same file; `I2V_ERROR_BUSY`;
///   `I2V_ERROR_CLOSED`; `I2V_ERROR_FORKED`. On failure no callback will come.
/// - Ownership: the caller releases `*job` with `i2v_job_release`, and destroys `*error`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_client_attach")
public func i2v_client_attach(
    _ client: i2v_client?, _ id: UnsafePointer<CChar>?, _ path: UnsafePointer<CChar>?, _ replace: Bool,
    _ onEvent: i2v_event_fn?, _ userData: UnsafeMutableRawPointer?, _ job: UnsafeMutablePointer<i2v_job?>?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    job?.pointee = nil
    return attempt(error) { () throws(I2VError) in
        let client = try ClientTable.shared.find(client)
        let started = try client.attach(
            text(id, "id"), target: target(path, replace), onEvent: makeHandler(onEvent, userData))
        job?.pointee = handle(started)
    }
}

/// Give a finished video new sound, which makes a new video.
///
/// It costs credits, and is sent once, like a submit.
///
/// - Parameters:
///   - client: the client.
///   - id: the service's id of the finished video.
///   - audioType: `I2V_AUDIO_GENERATED` or `I2V_AUDIO_CUSTOM`.
///   - audioUrl: the address of the sound for `I2V_AUDIO_CUSTOM`; NULL otherwise.
///   - path: the file to save the new video to; NULL ends the job when the service has finished it.
///   - replace: whether an existing file may be replaced.
///   - onEvent: called for each event; may be NULL.
///   - userData: given to `onEvent`; must stay valid until `I2V_EVENT_DONE` was delivered.
///   - job: receives the job of the new video; may be NULL when the callback is enough. Set to NULL on
///     failure.
///   - error: receives the details on failure; may be NULL.
/// - Returns: as `i2v_client_attach`; `I2V_ERROR_INVALID_ARGUMENT` also for an `audio_type` and an `audio_url` that do
///   not go together; `I2V_ERROR_BUDGET` when the estimate would pass the client's budget; `I2V_ERROR_SYSTEM` without
///   memory. On failure nothing was sent.
/// - Ownership: the caller releases `*job` with `i2v_job_release`, and destroys `*error`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_client_update_audio")
public func i2v_client_update_audio(
    _ client: i2v_client?, _ id: UnsafePointer<CChar>?, _ audioType: i2v_audio_type,
    _ audioUrl: UnsafePointer<CChar>?, _ path: UnsafePointer<CChar>?, _ replace: Bool,
    _ onEvent: i2v_event_fn?, _ userData: UnsafeMutableRawPointer?, _ job: UnsafeMutablePointer<i2v_job?>?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    job?.pointee = nil
    return attempt(error) { () throws(I2VError) in
        let client = try ClientTable.shared.find(client)
        guard let type = AudioType(rawValue: audioType) else {
            throw .invalid("audio_type", "audio_type is not one of the I2V_AUDIO_ constants")
        }
        let url = audioUrl == nil ? nil : try text(audioUrl, "audio_url")
        let started = try client.updateAudio(
            of: text(id, "id"), type: type, url: url, target: target(path, replace),
            onEvent: makeHandler(onEvent, userData))
        job?.pointee = handle(started)
    }
}

/// Take up jobs of the ledger that are not finished and that no living process has.
///
/// What has an id is looked at, saved to its target and ends like any other job. A create that was certainly
/// never sent, because its process ended before, is sent now, if its deadline allows. A job whose process ended
/// while its create was on the wire ends at once with `I2V_ERROR_OUTCOME_UNKNOWN`, and is not taken up again;
/// `i2v_job_reconcile` or, later, `i2v_client_reconcile` can look for its video. Deadlines begin anew, but for
/// creates that were not sent.
///
/// Best called first when a program starts, and `i2v_client_reconcile` when the jobs of this call have ended: it
/// finds also those that ended here with `I2V_ERROR_OUTCOME_UNKNOWN`.
///
/// A process that ended is noticed at once where the kernel lets its processes see each other, and within a
/// minute elsewhere. Only jobs with the client's base URL are taken up; those that save to the target of a job
/// under way, or for which the budget has no room, stay. Call it again to get more than `capacity`.
/// Where others are at work on the ledger, they are waited for, up to five seconds at a time.
///
/// - Parameters:
///   - client: a client with a ledger.
///   - onEvent: called for each event of each job; may be NULL.
///   - userData: given to `onEvent`; must stay valid until all jobs have ended.
///   - jobs: receives the jobs; may be NULL when the callback is enough. What is beyond `count` is left alone.
///   - capacity: how many jobs to take up at most, 1 to `PTRDIFF_MAX`; the array's length unless it is NULL. No more
///     are taken up than the client's bound on jobs has room for.
///   - count: receives how many were taken up, 0 on failure; may be NULL.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`, also when there was nothing to take up; `I2V_ERROR_INVALID_ARGUMENT` for NULL or a capacity
///   outside the range; `I2V_ERROR_INVALID_STATE` without a ledger; `I2V_ERROR_LEDGER` when it cannot be read or
///   written; `I2V_ERROR_BUSY` when there is room for no job at all; `I2V_ERROR_CLOSED`; `I2V_ERROR_FORKED`. On
///   failure nothing was taken up and no callback will come.
/// - Ownership: the caller releases each job with `i2v_job_release`, and destroys `*error`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_client_resume")
public func i2v_client_resume(
    _ client: i2v_client?, _ onEvent: i2v_event_fn?, _ userData: UnsafeMutableRawPointer?,
    _ jobs: UnsafeMutablePointer<i2v_job?>?, _ capacity: Int, _ count: UnsafeMutablePointer<Int>?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    count?.pointee = 0
    return attempt(error) { () throws(I2VError) in
        let client = try ClientTable.shared.find(client)
        let taken = try client.resume(limit: atMost(capacity), onEvent: makeHandler(onEvent, userData))
        give(taken, jobs, count)
    }
}

/// Look for the videos of creates in the ledger whose outcome nobody knows, whichever process sent them.
///
/// Takes up, as jobs of this client, what `i2v_job_reconcile` could be called for if its job were still there:
/// that ended without an id where it may have been charged, was sent within the last seven days, for which the
/// service keeps videos, and is held by no living process. Those that were not looked for for the longest time
/// come first. Each job goes on as with `i2v_job_reconcile`; what is not found stays in the ledger as it was, and
/// may be looked for again.
///
/// Best called when the jobs of `i2v_client_resume` have ended; a job that has not ended yet is not looked for.
///
/// Takes up jobs that this client itself ended so, too, also when their handles are still there: the job gets another
/// handle, which goes on, while the first stays as it ended. The first must not be passed to `i2v_job_reconcile` any
/// more: at most one of the two is given the video, and the ledger would keep what became of the other. For a job
/// whose handle is at hand, call `i2v_job_reconcile` instead of this.
///
/// - Parameters:
///   - client: a client with a ledger.
///   - onEvent: called for each event of each job; may be NULL.
///   - userData: given to `onEvent`; must stay valid until all jobs have ended.
///   - jobs: receives the jobs; may be NULL when the callback is enough. What is beyond `count` is left alone.
///   - capacity: as for `i2v_client_resume`.
///   - count: receives how many were taken up, 0 on failure; may be NULL.
///   - error: receives the details on failure; may be NULL.
/// - Returns: as `i2v_client_resume`.
/// - Ownership: the caller releases each job with `i2v_job_release`, and destroys `*error`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_client_reconcile")
public func i2v_client_reconcile(
    _ client: i2v_client?, _ onEvent: i2v_event_fn?, _ userData: UnsafeMutableRawPointer?,
    _ jobs: UnsafeMutablePointer<i2v_job?>?, _ capacity: Int, _ count: UnsafeMutablePointer<Int>?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    count?.pointee = 0
    return attempt(error) { () throws(I2VError) in
        let client = try ClientTable.shared.find(client)
        let taken = try client.reconcile(limit: atMost(capacity), onEvent: makeHandler(onEvent, userData))
        give(taken, jobs, count)
    }
}

/// What is negative here is more than memory holds in C.
private func atMost(_ capacity: Int) -> Int { capacity < 0 ? .max : capacity }

private func give(
    _ taken: [Job], _ jobs: UnsafeMutablePointer<i2v_job?>?, _ count: UnsafeMutablePointer<Int>?
) {
    if let jobs { for (index, job) in taken.enumerated() { jobs[index] = handle(job) } }
    count?.pointee = taken.count
}

/// Check that what is submitted is being written down.
///
/// - Parameters:
///   - client: the client.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_STATE` for a client without a ledger; `I2V_ERROR_LEDGER` when it could
///   not be opened, or the last try to write to it failed; `I2V_ERROR_INVALID_ARGUMENT` for NULL;
///   `I2V_ERROR_CLOSED`; `I2V_ERROR_FORKED`, also when it was not opened because the process was forked off while
///   another was open.
/// - Ownership: the caller destroys `*error`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_client_check_ledger")
public func i2v_client_check_ledger(
    _ client: Const<i2v_client>?, _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    attempt(error) { () throws(I2VError) in try ClientTable.shared.find(client).checkLedger() }
}

/// Run the callbacks that are due, waiting for the first of them if there is none yet.
///
/// Returns as soon as everything that was waiting has been delivered.
///
/// - Parameters:
///   - client: the client.
///   - milliseconds: how long to wait at most; 0 does not wait, -1 waits without end.
///   - delivered: receives the number of events delivered; may be NULL.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`, also when nothing came in time; `I2V_ERROR_INVALID_ARGUMENT` for NULL or less than
///   -1; `I2V_ERROR_INVALID_STATE` when `I2V_DELIVERY_THREAD` was configured; `I2V_ERROR_IN_CALLBACK`;
///   `I2V_ERROR_CLOSED`; `I2V_ERROR_FORKED`.
/// - Ownership: the caller destroys `*error`.
/// - Threads: any thread; when several call, they take turns.
/// - Callbacks: must not be called from callbacks of the same client.
/// - Since: 0.1.0
@_cdecl("i2v_client_dispatch")
public func i2v_client_dispatch(
    _ client: i2v_client?, _ milliseconds: Int64, _ delivered: UnsafeMutablePointer<Int>?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    delivered?.pointee = 0
    return attempt(error) { () throws(I2VError) in
        let client = try ClientTable.shared.find(client)
        let count = try client.dispatch(timeout: try timeout(milliseconds))
        delivered?.pointee = count
    }
}

/// Get a descriptor that is readable while callbacks are due, for an event loop.
///
/// Watch it for reading, and call `i2v_client_dispatch` with a timeout of 0 when it is readable; never read
/// from it or close it.
///
/// - Parameters:
///   - client: the client.
/// - Returns: the descriptor; -1 for NULL, for a client that was destroyed, in a forked child, or when
///   `I2V_DELIVERY_THREAD` was configured.
/// - Ownership: borrowed; valid until the client is destroyed.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_client_get_fd")
public func i2v_client_get_fd(_ client: Const<i2v_client>?) -> Int32 {
    (try? ClientTable.shared.find(client))?.descriptor ?? -1
}

/// Get how many jobs and queries are under way.
///
/// A job counts until its `I2V_EVENT_DONE` was delivered, a query until its end was, so that an event loop may run
/// until this is 0.
///
/// - Parameters:
///   - client: the client.
/// - Returns: the number of jobs and queries; 0 for NULL, for a client that was destroyed, or in a forked child.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks; what ends with the event that is being delivered no longer counts there.
/// - Since: 0.1.0
@_cdecl("i2v_client_get_job_count")
public func i2v_client_get_job_count(_ client: Const<i2v_client>?) -> Int {
    (try? ClientTable.shared.find(client))?.jobCount ?? 0
}

/// Get an estimate of what a request will cost with this client, for all its videos together.
///
/// As `i2v_request_get_estimate`, but what the account was charged for the same kind before comes first
/// (`I2V_ESTIMATE_OBSERVED`): the same model or effect, resolution and length, with or without sound. The range is that
/// of the last 50 such videos of the last 30 days which did not fail, as the client heard their `deduction_credit`, or as
/// its ledger has it of other clients and earlier processes. The first question about a kind reads the ledger's file; what
/// others write to it afterwards does not count. Budgets go by the high end of this estimate.
///
/// - Parameters:
///   - client: the client.
///   - request: the request, which need not be complete.
///   - low: set to the least credits expected; unchanged on failure; may be NULL.
///   - high: set to the most credits expected; unchanged on failure; may be NULL.
///   - basis: set to one of the `I2V_ESTIMATE_` constants; unchanged on failure; may be NULL.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL and for a value that a setter refused; `I2V_ERROR_CLOSED`;
///   `I2V_ERROR_FORKED`.
/// - Ownership: the caller destroys `*error`.
/// - Threads: any thread; the request is used by one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_client_get_estimate")
public func i2v_client_get_estimate(
    _ client: Const<i2v_client>?, _ request: Const<i2v_request>?, _ low: UnsafeMutablePointer<Double>?,
    _ high: UnsafeMutablePointer<Double>?, _ basis: UnsafeMutablePointer<i2v_estimate_basis>?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    attempt(error) { () throws(I2VError) in
        let client = try ClientTable.shared.find(client)
        let wish = try unwrap(request, as: RequestBox.self, "request").checked()
        give(try client.estimate(wish), low, high, basis)
    }
}

/// Get what the client's creates have cost.
///
/// - Parameters:
///   - client: the client.
///   - deducted: receives the credits that the service said it took, with the high end of the estimate where it did
///     not say; may be NULL.
///   - reserved: receives the high ends of the estimates of creates that have no answer, or whose outcome is unknown;
///     may be NULL.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` when `client` is NULL; `I2V_ERROR_CLOSED`; `I2V_ERROR_FORKED`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_client_get_spending")
public func i2v_client_get_spending(
    _ client: Const<i2v_client>?, _ deducted: UnsafeMutablePointer<Double>?,
    _ reserved: UnsafeMutablePointer<Double>?
) -> i2v_status {
    attempt(nil) { () throws(I2VError) in
        let totals = try ClientTable.shared.find(client).spending()
        deducted?.pointee = totals.deducted
        reserved?.pointee = totals.reserved
    }
}

/// Hand a verified webhook to the client, which looks at the video in question at once.
///
/// The webhook itself is never trusted. One that overtakes the answer to its create counts when that comes; one
/// about a video that no job of the client waits for is ignored. Polling goes on as before.
///
/// - Parameters:
///   - client: the client.
///   - event: what `i2v_webhook_open` gave.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL; `I2V_ERROR_CLOSED`; `I2V_ERROR_FORKED`.
/// - Ownership: the caller destroys `*error`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_client_notify")
public func i2v_client_notify(
    _ client: i2v_client?, _ event: Const<i2v_webhook_event>?, _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    attempt(error) { () throws(I2VError) in
        let client = try ClientTable.shared.find(client)
        try client.notify(unwrap(event, as: WebhookEvent.self, "event"))
    }
}
