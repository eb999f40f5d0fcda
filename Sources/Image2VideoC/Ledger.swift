// Section 12: Ledger
// What a ledger's file holds, for looking: no client is needed, and no credentials. i2v_config_set_ledger() makes a
// client keep one, and i2v_client_resume() goes on with what is in it.
import Image2Video

/// The records of a ledger at one moment, oldest first. Immutable.
public typealias i2v_ledger = OpaquePointer

/// Read a ledger.
///
/// Clients may use it meanwhile. Reads all of it.
///
/// SQLite needs the ledger's `-wal` and `-shm` files. They are there while a client uses it, and gone when the last
/// one was destroyed; then they are made here, and stay. So a ledger that nobody uses is read in a folder that can be
/// written to; in any other it gives `I2V_ERROR_LEDGER`, and a copy elsewhere can be read.
///
/// - Parameters:
///   - path: the ledger's file.
///   - ledger: receives the records; set to NULL on failure.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, an empty path, or one that is not UTF-8;
///   `I2V_ERROR_LEDGER` when there is none, when it cannot be read, when it is damaged, of something else, or of a
///   newer version; `I2V_ERROR_FORKED` in a process that was forked off while a ledger was open.
/// - Ownership: the caller destroys `*ledger` with `i2v_ledger_destroy`, and `*error`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_ledger_open")
public func i2v_ledger_open(
    _ path: UnsafePointer<CChar>?, _ ledger: UnsafeMutablePointer<i2v_ledger?>?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    ledger?.pointee = nil
    return attempt(error) { () throws(I2VError) in
        let records = try Records.read(text(path, "path"))
        guard let ledger else { throw .null("ledger") }
        ledger.pointee = handle(records)
    }
}

/// Give up the records of a ledger. The file is not touched.
///
/// - Parameters:
///   - ledger: the records; NULL is harmless.
/// - Threads: any thread, once.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_ledger_destroy")
public func i2v_ledger_destroy(_ ledger: i2v_ledger?) {
    release(ledger, as: Records.self)
}

/// Remove from a ledger what ended a while ago.
///
/// What `i2v_client_resume` or `i2v_client_reconcile` would take up stays, however old it is. Better kept for
/// seven days: the videos of other records are none that a lost create can be taken for.
///
/// - Parameters:
///   - path: the ledger's file.
///   - milliseconds: how long ago it ended at least; 0 or more.
///   - removed: receives how many records were removed; may be NULL.
///   - error: receives the details on failure; may be NULL.
/// - Returns: as `i2v_ledger_open`; `I2V_ERROR_INVALID_ARGUMENT` also for a negative age, `I2V_ERROR_LEDGER` also when
///   the file cannot be written to.
/// - Ownership: the caller destroys `*error`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_ledger_prune")
public func i2v_ledger_prune(
    _ path: UnsafePointer<CChar>?, _ milliseconds: Int64, _ removed: UnsafeMutablePointer<Int>?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    removed?.pointee = 0
    return attempt(error) { () throws(I2VError) in
        let count = try Records.prune(text(path, "path"), olderThan: milliseconds)
        removed?.pointee = count
    }
}

/// Get the number of records.
///
/// - Parameters:
///   - ledger: the records.
/// - Returns: the number; 0 for NULL.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_ledger_get_count")
public func i2v_ledger_get_count(_ ledger: Const<i2v_ledger>?) -> Int {
    object(ledger, as: Records.self)?.entries.count ?? 0
}

/// Get the service's id of a record's video.
///
/// - Parameters:
///   - ledger: the records.
///   - index: from 0.
/// - Returns: the id; NULL when the service gave none, or outside the range.
/// - Ownership: borrowed; valid until the ledger is destroyed.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_ledger_get_id")
public func i2v_ledger_get_id(_ ledger: Const<i2v_ledger>?, _ index: Int) -> UnsafePointer<CChar>? {
    ledgerText(ledger, index, "id") { $0.id }
}

/// Get the file that a record's video is, or is to be, saved to.
///
/// - Parameters:
///   - ledger: the records.
///   - index: from 0.
/// - Returns: the absolute path; NULL when it is not to be saved, or outside the range.
/// - Ownership: borrowed; valid until the ledger is destroyed.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_ledger_get_path")
public func i2v_ledger_get_path(_ ledger: Const<i2v_ledger>?, _ index: Int) -> UnsafePointer<CChar>? {
    ledgerText(ledger, index, "path") { $0.path }
}

/// Get where a record's job is, or was when its process ended.
///
/// - Parameters:
///   - ledger: the records.
///   - index: from 0.
/// - Returns: one of the `I2V_JOB_` constants; 0 outside the range.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_ledger_get_state")
public func i2v_ledger_get_state(_ ledger: Const<i2v_ledger>?, _ index: Int) -> i2v_job_state {
    ledgerEntry(ledger, index)?.state ?? 0
}

/// Get what ended a record's job.
///
/// - Parameters:
///   - ledger: the records.
///   - index: from 0.
/// - Returns: a status; `I2V_OK` when the job has not ended, ended well, or outside the range.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_ledger_get_status")
public func i2v_ledger_get_status(_ ledger: Const<i2v_ledger>?, _ index: Int) -> i2v_status {
    ledgerEntry(ledger, index)?.status ?? Status.ok.rawValue
}

/// Get whether a record's create was charged, as far as is known.
///
/// - Parameters:
///   - ledger: the records.
///   - index: from 0.
/// - Returns: one of the `I2V_CHARGE_` constants; `I2V_CHARGE_NONE` outside the range.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_ledger_get_charge")
public func i2v_ledger_get_charge(_ ledger: Const<i2v_ledger>?, _ index: Int) -> i2v_charge {
    ledgerEntry(ledger, index)?.charge ?? Charge.none.rawValue
}

/// Get whether a record's job is not finished, so that `i2v_client_resume` takes it up when its process is gone.
///
/// - Parameters:
///   - ledger: the records.
///   - index: from 0.
/// - Returns: whether it is unfinished; false outside the range.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_ledger_get_open")
public func i2v_ledger_get_open(_ ledger: Const<i2v_ledger>?, _ index: Int) -> Bool {
    ledgerEntry(ledger, index)?.isOpen ?? false
}

/// Get a whole record as JSON.
///
/// An object. Times are in milliseconds since 1970. Always there are `number` (its place in the file; later ones are
/// higher), `base_url`, `submission` (a text that the jobs of one create share), `position` (which of them it is,
/// from 0), `count` (how many the create asked for), `submitted` (a time), `changed` (when the record was last
/// written), `open` (as `i2v_ledger_get_open`), `held` (whether a process has it, or had it when it was killed), and
/// the numbers `state` (`I2V_JOB_`), `status` (`I2V_OK` or `I2V_ERROR_`) and `charge` (`I2V_CHARGE_`).
///
/// Left out when there is none: `endpoint` (`create`, `batch`, or `audio` for new sound), `request` (an object, as it
/// was sent), `sent` (when the create went on the wire), `path` (absolute), `message` (what ended it, for a person),
/// `id`, `service_status` (`I2V_SERVICE_`, 0 when the service did not say), `estimate` (the most credits that were
/// expected for this one video) and `deduction_credit` (what the service said it took), `url` (of the finished video), `expires` (when the service removes it). Later versions may
/// add more.
///
/// - Parameters:
///   - ledger: the records.
///   - index: from 0.
/// - Returns: the JSON; NULL outside the range.
/// - Ownership: borrowed; valid until the ledger is destroyed.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_ledger_get_json")
public func i2v_ledger_get_json(_ ledger: Const<i2v_ledger>?, _ index: Int) -> UnsafePointer<CChar>? {
    ledgerText(ledger, index, "json") { $0.json }
}

private func ledgerEntry(_ ledger: i2v_ledger?, _ index: Int) -> Entry? {
    guard let entries = object(ledger, as: Records.self)?.entries, entries.indices.contains(index) else {
        return nil
    }
    return entries[index]
}

private func ledgerText(
    _ ledger: i2v_ledger?, _ index: Int, _ name: String, _ read: (Entry) -> String?
) -> UnsafePointer<CChar>? {
    guard let records = object(ledger, as: Records.self), let entry = ledgerEntry(ledger, index),
        let text = read(entry)
    else { return nil }
    return records.texts.get("\(name)\(index)") { text }
}
