// Section 6: Job
// One video on its way. A job has a state, the service's latest word on it as a video snapshot, and, once it
// has failed, an error. Getters never wait.
import Image2Video

/// One video on its way. Shared; readable as long as a reference is held, also when its client is gone.
public typealias i2v_job = OpaquePointer

/// Where a job is.
/// - Values: JobState I2V_JOB_
public typealias i2v_job_state = Int32

/// Add a reference to a job.
///
/// - Parameters:
///   - job: the job; NULL is harmless.
/// - Returns: `job`.
/// - Ownership: the caller releases the reference with `i2v_job_release`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_job_retain")
public func i2v_job_retain(_ job: i2v_job?) -> i2v_job? {
    retain(job, as: Job.self)
}

/// Give a reference to a job back.
///
/// The job itself goes on.
///
/// - Parameters:
///   - job: the job; NULL is harmless.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_job_release")
public func i2v_job_release(_ job: i2v_job?) {
    release(job, as: Job.self)
}

/// Get where the job is.
///
/// - Parameters:
///   - job: the job.
/// - Returns: one of the `I2V_JOB_` constants; 0 for NULL.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_job_get_state")
public func i2v_job_get_state(_ job: Const<i2v_job>?) -> i2v_job_state {
    object(job, as: Job.self)?.state.rawValue ?? 0
}

/// Get the service's id of the video.
///
/// A job that ended while its create was on the wire still learns its id if the answer comes later, without a
/// further event.
///
/// - Parameters:
///   - job: the job.
/// - Returns: the id; NULL for NULL and before `I2V_EVENT_CREATED`.
/// - Ownership: borrowed; valid until the caller's reference to the job is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_job_get_id")
public func i2v_job_get_id(_ job: Const<i2v_job>?) -> UnsafePointer<CChar>? {
    object(job, as: Job.self)?.idText?.pointer
}

/// Get the file the job saves to, or has saved to.
///
/// - Parameters:
///   - job: the job.
/// - Returns: the path as it was given, or the absolute one of a job that was taken up again, with the number of the
///   video put in when there are several; NULL when saving was not asked for.
/// - Ownership: borrowed; valid until the caller's reference to the job is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_job_get_path")
public func i2v_job_get_path(_ job: Const<i2v_job>?) -> UnsafePointer<CChar>? {
    object(job, as: Job.self)?.pathText?.pointer
}

/// Get how much of the video has been downloaded.
///
/// - Parameters:
///   - job: the job.
///   - received: receives the number of bytes; may be NULL.
///   - total: receives the size of the video in bytes, -1 while it is not known; may be NULL.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` when `job` is NULL.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_job_get_progress")
public func i2v_job_get_progress(
    _ job: Const<i2v_job>?, _ received: UnsafeMutablePointer<Int64>?, _ total: UnsafeMutablePointer<Int64>?
) -> i2v_status {
    guard let job = object(job, as: Job.self) else { return Status.invalidArgument.rawValue }
    let progress = job.progress
    received?.pointee = progress.received
    total?.pointee = progress.total
    return Status.ok.rawValue
}

/// Get how long such videos usually take, from creation to the finished video.
///
/// Learned from the videos of this client that were alike in model, resolution and length; before there were
/// any, from what is reported of the service. It may change while the job goes on.
///
/// - Parameters:
///   - job: the job, or NULL.
///   - milliseconds: receives the time, and is left alone when there is none; may be NULL.
/// - Returns: true once the service has accepted the request; false before.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_job_get_expected_time")
public func i2v_job_get_expected_time(
    _ job: Const<i2v_job>?, _ milliseconds: UnsafeMutablePointer<Int64>?
) -> Bool {
    give(object(job, as: Job.self)?.expectedTime, to: milliseconds)
}

/// Copy the service's latest word on the video.
///
/// - Parameters:
///   - job: the job.
/// - Returns: the newest snapshot; NULL for NULL and before `I2V_EVENT_CREATED`.
/// - Ownership: the caller releases it with `i2v_video_release`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_job_copy_video")
public func i2v_job_copy_video(_ job: Const<i2v_job>?) -> i2v_video? {
    guard let video = object(job, as: Job.self)?.video else { return nil }
    return handle(VideoBox(video))
}

/// Copy what the service answered to the create: its echo of the request.
///
/// - Parameters:
///   - job: the job.
/// - Returns: the snapshot; NULL for NULL and before `I2V_EVENT_CREATED`.
/// - Ownership: the caller releases it with `i2v_video_release`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_job_copy_receipt")
public func i2v_job_copy_receipt(_ job: Const<i2v_job>?) -> i2v_video? {
    guard let video = object(job, as: Job.self)?.receipt else { return nil }
    return handle(VideoBox(video))
}

/// Copy what went wrong.
///
/// In the state `I2V_JOB_FAILED` that is what ended the job. In a state in which the job goes on it is what hinders it
/// at present: the service refuses the credentials, or fails, or does not answer, or the ledger cannot be written.
/// `I2V_EVENT_WARNING` tells of it, once for each reason: of credentials at the first refusal, of others when polls
/// failed twice in a row. The job goes on by itself when the reason is gone, and ends at its deadline at the latest, so
/// that an error alone is not the end: the state says which it is.
///
/// - Parameters:
///   - job: the job.
/// - Returns: the error; NULL for NULL, when nothing hinders the job, and when it ended well.
/// - Ownership: the caller destroys it with `i2v_error_destroy`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_job_copy_error")
public func i2v_job_copy_error(_ job: Const<i2v_job>?) -> i2v_error? {
    guard let error = object(job, as: Job.self)?.error else { return nil }
    return handle(ErrorBox(error))
}

/// Wait until what was started on the job has ended and its last event was delivered.
///
/// Dispatches the client's callbacks, of all its jobs, while it waits.
///
/// - Parameters:
///   - job: the job.
///   - milliseconds: how long to wait at most; 0 does not wait, -1 waits without end.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK` when it ended well; the status that ended it when it failed; `I2V_ERROR_TIMEOUT` when
///   it is still going on; `I2V_ERROR_INVALID_ARGUMENT` for NULL or less than -1; `I2V_ERROR_CANCELLED`,
///   `I2V_ERROR_OUTCOME_UNKNOWN` or `I2V_ERROR_CLOSED` when the client is destroyed meanwhile;
///   `I2V_ERROR_IN_CALLBACK`; `I2V_ERROR_FORKED`.
/// - Ownership: the caller destroys `*error`.
/// - Threads: any thread.
/// - Callbacks: must not be called from callbacks of the same client.
/// - Since: 0.1.0
@_cdecl("i2v_job_wait")
public func i2v_job_wait(
    _ job: i2v_job?, _ milliseconds: Int64, _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    attempt(error) { () throws(I2VError) in
        let job = try unwrap(job, as: Job.self, "job")
        try job.wait(timeout: try timeout(milliseconds))
    }
}

/// Start to save the finished video of a job, without waiting.
///
/// For jobs that were submitted without a target, and for another try after a download failed: it never
/// creates, so it costs nothing. Ends with an `I2V_EVENT_DONE` of its own, at the latest when the client's
/// job deadline has passed since. It is written to `path` with `.part` appended and renamed when it is whole; a
/// file of that name counts as left behind by an earlier try, and is taken over or removed.
///
/// - Parameters:
///   - job: a job in state `I2V_JOB_COMPLETED` or `I2V_JOB_SAVED`, or in `I2V_JOB_FAILED` with the address of
///     its video known.
///   - path: the file to save to; its folder must exist.
///   - replace: whether an existing file may be replaced.
///   - onEvent: called for each event; may be NULL.
///   - userData: given to `onEvent`; must stay valid until `I2V_EVENT_DONE` was delivered.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`: it has started; `I2V_ERROR_INVALID_ARGUMENT` for NULL, or a path that names no file;
///   `I2V_ERROR_INVALID_STATE` for a job in another state, or when another job of the client saves to the same file;
///   `I2V_ERROR_FILE_EXISTS`; `I2V_ERROR_FILE`; `I2V_ERROR_CLOSED`; `I2V_ERROR_FORKED`. Never `I2V_ERROR_BUSY`. On
///   failure no callback will come.
/// - Ownership: the caller destroys `*error`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_job_fetch")
public func i2v_job_fetch(
    _ job: i2v_job?, _ path: UnsafePointer<CChar>?, _ replace: Bool, _ onEvent: i2v_event_fn?,
    _ userData: UnsafeMutableRawPointer?, _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    attempt(error) { () throws(I2VError) in
        let job = try unwrap(job, as: Job.self, "job")
        let target = Target(path: try text(path, "path"), replace: replace)
        try job.fetch(to: target, onEvent: makeHandler(onEvent, userData))
    }
}

/// Look for the video of a job that ended with `I2V_ERROR_OUTCOME_UNKNOWN`, or otherwise without an id where it
/// may have been charged.
///
/// Goes through the account's recent videos, at most 2000, for one that no job of the client or of its ledger is
/// about and that was made from the same picture and prompt within ten minutes of the create. Where the address of the
/// request's webhook carried a nonce (`i2v_request_set_webhook_url`), the match is certain. Found, the
/// job goes on with it, with an `I2V_EVENT_CREATED`, and is saved to its target. Not found, or one of several
/// that look alike, it ends with `I2V_ERROR_OUTCOME_UNKNOWN` again. Creates nothing. The list is not documented
/// by the service.
///
/// - Parameters:
///   - job: a job in state `I2V_JOB_FAILED` without an id, whose error says `I2V_CHARGE_POSSIBLE`.
///   - onEvent: called for each event; may be NULL.
///   - userData: given to `onEvent`; must stay valid until `I2V_EVENT_DONE` was delivered.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`: it has started; `I2V_ERROR_INVALID_ARGUMENT` for NULL; `I2V_ERROR_INVALID_STATE` for a job in
///   another state, or when another job of the client saves to the same file; `I2V_ERROR_CLOSED`; `I2V_ERROR_FORKED`.
///   Never `I2V_ERROR_BUSY`. On failure no callback will come.
/// - Ownership: the caller destroys `*error`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_job_reconcile")
public func i2v_job_reconcile(
    _ job: i2v_job?, _ onEvent: i2v_event_fn?, _ userData: UnsafeMutableRawPointer?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    attempt(error) { () throws(I2VError) in
        try unwrap(job, as: Job.self, "job").reconcile(onEvent: makeHandler(onEvent, userData))
    }
}

/// Cancel what the job is doing.
///
/// Returns at once; the job ends soon with `I2V_ERROR_CANCELLED`, or with `I2V_ERROR_OUTCOME_UNKNOWN` when
/// its create was on the wire. A create for several videos that has not left yet leaves without this one. The
/// service cannot be told to stop: a video it accepted is made, and charged. A job that has ended already is left
/// as it is.
///
/// - Parameters:
///   - job: the job.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL; `I2V_ERROR_FORKED`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_job_cancel")
public func i2v_job_cancel(_ job: i2v_job?) -> i2v_status {
    attempt(nil) { () throws(I2VError) in
        try unwrap(job, as: Job.self, "job").cancel()
    }
}
