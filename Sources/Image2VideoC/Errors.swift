// Section 2: Status and errors
// Every fallible call returns an i2v_status. Calls that have more to say take a last `i2v_error **error`:
// pass NULL to do without, or the address of a pointer that receives a new error when, and only when, the
// call does not return I2V_OK. The pointer is written on failure only; initialise it to NULL.
import Image2Video

/// Outcome of a call. Treat values this header does not list as failures: later versions may add some.
/// - Values: Status I2V_ERROR_
public typealias i2v_status = Int32

/// Whether credits were taken for what failed. Treat unknown values as I2V_CHARGE_POSSIBLE.
/// - Values: Charge I2V_CHARGE_
public typealias i2v_charge = Int32

/// A code of the service's answers. It may send values this header does not list.
/// - Values: ServiceCode I2V_CODE_
public typealias i2v_service_code = Int32

/// Whether what a code refused may be asked again. Treat unknown values as I2V_RETRY_NEVER.
/// - Values: Retry I2V_RETRY_
public typealias i2v_retry = Int32

/// What went wrong, in full. Immutable.
public typealias i2v_error = OpaquePointer

/// Get the stable name of a status, for example `"I2V_ERROR_AUTH"`.
///
/// - Parameters:
///   - status: any status.
/// - Returns: the constant's name; `"I2V_ERROR_?"` for a value this version does not know.
/// - Ownership: static text; do not free it.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_status_get_name")
public func i2v_status_get_name(_ status: i2v_status) -> UnsafePointer<CChar>? {
    staticText(statusName(status))
}

/// Get the stable name of a code, for example `"I2V_CODE_CREDITS"`.
///
/// - Parameters:
///   - code: any code, as `i2v_error_get_service_code` gives it.
/// - Returns: the constant's name; `"I2V_CODE_?"` for a code this version does not know.
/// - Ownership: static text; do not free it.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_service_code_get_name")
public func i2v_service_code_get_name(_ code: Int64) -> UnsafePointer<CChar>? {
    staticText(serviceCodeName(CodeMeaning(code).code))
}

/// Get the status that errors with a code have.
///
/// - Parameters:
///   - code: any code.
/// - Returns: the status; `I2V_ERROR_SERVICE` for a code this version does not know.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_service_code_get_status")
public func i2v_service_code_get_status(_ code: Int64) -> i2v_status {
    CodeMeaning(code).status.rawValue
}

/// Get whether what a code refused may be asked again.
///
/// The library acts on it by itself, within each operation's time.
///
/// - Parameters:
///   - code: any code.
/// - Returns: one of the `I2V_RETRY_` constants.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_service_code_get_retry")
public func i2v_service_code_get_retry(_ code: Int64) -> i2v_retry {
    CodeMeaning(code).retry.rawValue
}

/// Get whether a create that was answered with a code may have been charged.
///
/// - Parameters:
///   - code: any code.
/// - Returns: one of the `I2V_CHARGE_` constants.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_service_code_get_charge")
public func i2v_service_code_get_charge(_ code: Int64) -> i2v_charge {
    CodeMeaning(code).charge.rawValue
}

/// Destroy an error.
///
/// - Parameters:
///   - error: an error the caller owns; NULL is harmless.
/// - Threads: any thread, once.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_error_destroy")
public func i2v_error_destroy(_ error: i2v_error?) {
    release(error, as: ErrorBox.self)
}

/// Get the status the error stands for.
///
/// - Parameters:
///   - error: an error; NULL gives `I2V_OK`.
/// - Returns: the status that the failed call returned, or that ended the job.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_error_get_status")
public func i2v_error_get_status(_ error: Const<i2v_error>?) -> i2v_status {
    (object(error, as: ErrorBox.self)?.error.status ?? .ok).rawValue
}

/// Get what happened and what can be done, as one line for a person.
///
/// The text is English and may change between versions; program against the status and the codes. It never
/// contains credentials.
///
/// - Parameters:
///   - error: an error; NULL gives an empty text.
/// - Returns: the message; never NULL.
/// - Ownership: borrowed; valid until the error is destroyed.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_error_get_message")
public func i2v_error_get_message(_ error: Const<i2v_error>?) -> UnsafePointer<CChar>? {
    object(error, as: ErrorBox.self)?.message.pointer ?? staticText("")
}

/// Get the name of the argument or request field at fault, for example `"video_length"`.
///
/// - Parameters:
///   - error: an error, or NULL.
/// - Returns: the field's name; NULL when no single field is at fault.
/// - Ownership: borrowed; valid until the error is destroyed.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_error_get_field")
public func i2v_error_get_field(_ error: Const<i2v_error>?) -> UnsafePointer<CChar>? {
    object(error, as: ErrorBox.self)?.field?.pointer
}

/// Get the HTTP status of the answer.
///
/// - Parameters:
///   - error: an error, or NULL.
/// - Returns: 100 to 599; 0 when there was no HTTP answer; 407 also when a proxy wanted credentials.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_error_get_http_status")
public func i2v_error_get_http_status(_ error: Const<i2v_error>?) -> Int32 {
    object(error, as: ErrorBox.self)?.error.httpStatus ?? 0
}

/// Get the service's own code, the `code` of its answer.
///
/// - Parameters:
///   - error: an error, or NULL.
/// - Returns: the code, for example 1109; 0 when the service gave none.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_error_get_service_code")
public func i2v_error_get_service_code(_ error: Const<i2v_error>?) -> Int64 {
    object(error, as: ErrorBox.self)?.error.serviceCode ?? 0
}

/// Get the service's own words: the `msg` of its answer, or the reason it gives for a failed video.
///
/// - Parameters:
///   - error: an error, or NULL.
/// - Returns: the text as the service sent it; NULL when it sent none.
/// - Ownership: borrowed; valid until the error is destroyed.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_error_get_service_message")
public func i2v_error_get_service_message(_ error: Const<i2v_error>?) -> UnsafePointer<CChar>? {
    object(error, as: ErrorBox.self)?.serviceMessage?.pointer
}

/// Get libcurl's code (a `CURLcode`).
///
/// - Parameters:
///   - error: an error, or NULL.
/// - Returns: the code; 0 when the transfer itself did not fail.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_error_get_curl_code")
public func i2v_error_get_curl_code(_ error: Const<i2v_error>?) -> Int32 {
    object(error, as: ErrorBox.self)?.error.curlCode ?? 0
}

/// Get the system's error number.
///
/// - Parameters:
///   - error: an error, or NULL.
/// - Returns: an `errno` value; 0 when no system call failed.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_error_get_errno")
public func i2v_error_get_errno(_ error: Const<i2v_error>?) -> Int32 {
    object(error, as: ErrorBox.self)?.error.systemError ?? 0
}

/// Get whether doing the same again, later, can succeed without paying twice.
///
/// - Parameters:
///   - error: an error, or NULL.
/// - Returns: true when a retry can help and nothing was charged; false otherwise, and always for
///   `I2V_ERROR_OUTCOME_UNKNOWN`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_error_get_retryable")
public func i2v_error_get_retryable(_ error: Const<i2v_error>?) -> Bool {
    object(error, as: ErrorBox.self)?.error.isRetryable ?? false
}

/// Get whether the request that failed was, or may have been, charged.
///
/// - Parameters:
///   - error: an error; NULL gives `I2V_CHARGE_NONE`.
/// - Returns: one of the `I2V_CHARGE_` constants.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_error_get_charge")
public func i2v_error_get_charge(_ error: Const<i2v_error>?) -> i2v_charge {
    (object(error, as: ErrorBox.self)?.error.charge ?? .none).rawValue
}

/// Get the part of the service's answer that tells of the failure, as JSON.
///
/// - Parameters:
///   - error: an error, or NULL.
/// - Returns: JSON text; NULL when there was none.
/// - Ownership: borrowed; valid until the error is destroyed.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_error_get_json")
public func i2v_error_get_json(_ error: Const<i2v_error>?) -> UnsafePointer<CChar>? {
    object(error, as: ErrorBox.self)?.json?.pointer
}
