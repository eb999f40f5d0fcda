// Section 8: Queries
// Questions to the service that create nothing: they may be asked again, and are, within their time. Each
// ends in exactly one callback, dispatched like those of jobs. A query keeps its answer until it is released.
import Image2Video

/// One question to the service and its answer. Shared.
public typealias i2v_query = OpaquePointer

/// Tells that a query has ended: with an answer, or with an error. `query` is valid during the call; retain
/// it to keep it.
public typealias i2v_query_fn =
    @convention(c) (
        _ query: i2v_query?, _ userData: UnsafeMutableRawPointer?
    ) -> Void

/// Ask how far videos are, by their ids.
///
/// Long lists go out in parts and come back as one. The videos need not be this client's.
///
/// - Parameters:
///   - client: the client.
///   - ids: the ids, each of them no empty text and without commas.
///   - count: how many; 1 to 1000000.
///   - milliseconds: how long all tries together may take; 1 to 3600000.
///   - onDone: called once, when the query has ended; may be NULL.
///   - userData: given to `onDone`; must stay valid until it was called.
///   - query: receives the query; may be NULL when the callback is enough. Set to NULL on failure.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`: it has started; `I2V_ERROR_INVALID_ARGUMENT`; `I2V_ERROR_BUSY`; `I2V_ERROR_CLOSED`;
///   `I2V_ERROR_FORKED`. On failure no callback will come.
/// - Ownership: the caller releases `*query` with `i2v_query_release`, and destroys `*error`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_client_query_results")
public func i2v_client_query_results(
    _ client: i2v_client?, _ ids: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int, _ milliseconds: Int64,
    _ onDone: i2v_query_fn?,
    _ userData: UnsafeMutableRawPointer?, _ query: UnsafeMutablePointer<i2v_query?>?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    ask(client, query, error) { (client) throws(I2VError) in
        try client.ask(
            .results(texts(ids, count, "ids")), timeout: milliseconds, onDone: makeHandler(onDone, userData))
    }
}

/// Ask which effects there are.
///
/// - Parameters:
///   - client: the client.
///   - milliseconds: how long all tries together may take; 1 to 3600000.
///   - onDone: called once, when the query has ended; may be NULL.
///   - userData: given to `onDone`; must stay valid until it was called.
///   - query: receives the query; may be NULL when the callback is enough. Set to NULL on failure.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`: it has started; `I2V_ERROR_INVALID_ARGUMENT`; `I2V_ERROR_BUSY`; `I2V_ERROR_CLOSED`;
///   `I2V_ERROR_FORKED`. On failure no callback will come.
/// - Ownership: the caller releases `*query` with `i2v_query_release`, and destroys `*error`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_client_query_effects")
public func i2v_client_query_effects(
    _ client: i2v_client?, _ milliseconds: Int64, _ onDone: i2v_query_fn?,
    _ userData: UnsafeMutableRawPointer?, _ query: UnsafeMutablePointer<i2v_query?>?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    ask(client, query, error) { (client) throws(I2VError) in
        try client.ask(.effects, timeout: milliseconds, onDone: makeHandler(onDone, userData))
    }
}

/// Ask which models there are, best first.
///
/// - Parameters:
///   - client: the client.
///   - type: the service's number for what the models do; 1501 is image to video.
///   - milliseconds: how long all tries together may take; 1 to 3600000.
///   - onDone: called once, when the query has ended; may be NULL.
///   - userData: given to `onDone`; must stay valid until it was called.
///   - query: receives the query; may be NULL when the callback is enough. Set to NULL on failure.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`: it has started; `I2V_ERROR_INVALID_ARGUMENT`; `I2V_ERROR_BUSY`; `I2V_ERROR_CLOSED`;
///   `I2V_ERROR_FORKED`. On failure no callback will come.
/// - Ownership: the caller releases `*query` with `i2v_query_release`, and destroys `*error`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_client_query_models")
public func i2v_client_query_models(
    _ client: i2v_client?, _ type: Int32, _ milliseconds: Int64, _ onDone: i2v_query_fn?,
    _ userData: UnsafeMutableRawPointer?, _ query: UnsafeMutablePointer<i2v_query?>?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    ask(client, query, error) { (client) throws(I2VError) in
        try client.ask(
            .models(type: Int64(type)), timeout: milliseconds, onDone: makeHandler(onDone, userData))
    }
}

/// Ask how many credits the account has.
///
/// - Parameters:
///   - client: the client.
///   - milliseconds: how long all tries together may take; 1 to 3600000.
///   - onDone: called once, when the query has ended; may be NULL.
///   - userData: given to `onDone`; must stay valid until it was called.
///   - query: receives the query; may be NULL when the callback is enough. Set to NULL on failure.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`: it has started; `I2V_ERROR_INVALID_ARGUMENT`; `I2V_ERROR_BUSY`; `I2V_ERROR_CLOSED`;
///   `I2V_ERROR_FORKED`. On failure no callback will come.
/// - Ownership: the caller releases `*query` with `i2v_query_release`, and destroys `*error`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_client_query_credits")
public func i2v_client_query_credits(
    _ client: i2v_client?, _ milliseconds: Int64, _ onDone: i2v_query_fn?,
    _ userData: UnsafeMutableRawPointer?, _ query: UnsafeMutablePointer<i2v_query?>?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    ask(client, query, error) { (client) throws(I2VError) in
        try client.ask(.credits, timeout: milliseconds, onDone: makeHandler(onDone, userData))
    }
}

/// Delete videos at the service.
///
/// A finished video of this client's jobs that was never saved is not deleted unless `force` is set: nothing
/// is sent then. The answer tells of each id whether it was deleted.
///
/// - Parameters:
///   - client: the client.
///   - ids: the ids, each of them no empty text and without commas.
///   - count: how many; 1 to 1000000.
///   - force: whether to delete also what was never saved.
///   - milliseconds: how long all tries together may take; 1 to 3600000.
///   - onDone: called once, when the query has ended; may be NULL.
///   - userData: given to `onDone`; must stay valid until it was called.
///   - query: receives the query; may be NULL when the callback is enough. Set to NULL on failure.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`: it has started; `I2V_ERROR_INVALID_ARGUMENT`; `I2V_ERROR_INVALID_STATE` for an
///   unsaved video; `I2V_ERROR_BUSY`; `I2V_ERROR_CLOSED`; `I2V_ERROR_FORKED`. On failure nothing was sent and no
///   callback will come.
/// - Ownership: the caller releases `*query` with `i2v_query_release`, and destroys `*error`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_client_delete_videos")
public func i2v_client_delete_videos(
    _ client: i2v_client?, _ ids: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int, _ force: Bool,
    _ milliseconds: Int64, _ onDone: i2v_query_fn?,
    _ userData: UnsafeMutableRawPointer?, _ query: UnsafeMutablePointer<i2v_query?>?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    ask(client, query, error) { (client) throws(I2VError) in
        let ids = try texts(ids, count, "ids")
        let handler = makeHandler(onDone, userData)
        if force { return try client.forceDelete(ids, timeout: milliseconds, onDone: handler) }
        return try client.ask(.delete(ids), timeout: milliseconds, onDone: handler)
    }
}

/// Add a reference to a query.
///
/// - Parameters:
///   - query: the query; NULL is harmless.
/// - Returns: `query`.
/// - Ownership: the caller releases the reference with `i2v_query_release`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_query_retain")
public func i2v_query_retain(_ query: i2v_query?) -> i2v_query? {
    retain(query, as: Query.self)
}

/// Give a reference to a query back.
///
/// - Parameters:
///   - query: the query; NULL is harmless.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_query_release")
public func i2v_query_release(_ query: i2v_query?) {
    release(query, as: Query.self)
}

/// Get whether a query has ended.
///
/// - Parameters:
///   - query: the query.
/// - Returns: true when it has; false for NULL.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_query_get_done")
public func i2v_query_get_done(_ query: Const<i2v_query>?) -> Bool {
    object(query, as: Query.self)?.isDone ?? false
}

/// Wait until a query has ended and its callback has run.
///
/// Dispatches the client's callbacks while it waits.
///
/// - Parameters:
///   - query: the query.
///   - milliseconds: how long to wait at most; 0 does not wait, -1 waits without end.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK` when the answer is there; the status that ended it when it failed; `I2V_ERROR_TIMEOUT`
///   when it is still going on; `I2V_ERROR_INVALID_ARGUMENT` for NULL or less than -1; `I2V_ERROR_CANCELLED` or
///   `I2V_ERROR_CLOSED` when the client is destroyed meanwhile; `I2V_ERROR_IN_CALLBACK`; `I2V_ERROR_FORKED`.
/// - Ownership: the caller destroys `*error`.
/// - Threads: any thread.
/// - Callbacks: must not be called from callbacks of the same client.
/// - Since: 0.1.0
@_cdecl("i2v_query_wait")
public func i2v_query_wait(
    _ query: i2v_query?, _ milliseconds: Int64, _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    attempt(error) { () throws(I2VError) in
        let query = try unwrap(query, as: Query.self, "query")
        _ = try query.wait(timeout: try timeout(milliseconds))
    }
}

/// Cancel a query.
///
/// Returns at once; the query ends soon with `I2V_ERROR_CANCELLED`. One that has ended already is left as it
/// is.
///
/// - Parameters:
///   - query: the query.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL; `I2V_ERROR_FORKED`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_query_cancel")
public func i2v_query_cancel(_ query: i2v_query?) -> i2v_status {
    attempt(nil) { () throws(I2VError) in
        try unwrap(query, as: Query.self, "query").cancel()
    }
}

/// Copy what went wrong.
///
/// - Parameters:
///   - query: the query.
/// - Returns: the error; NULL for NULL, before the end, and when there is an answer.
/// - Ownership: the caller destroys it with `i2v_error_destroy`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_query_copy_error")
public func i2v_query_copy_error(_ query: Const<i2v_query>?) -> i2v_error? {
    guard let error = object(query, as: Query.self)?.error else { return nil }
    return handle(ErrorBox(error))
}

/// Get everything the service answered, as one line of JSON.
///
/// A question that took several requests gives an array of their answers.
///
/// - Parameters:
///   - query: the query.
/// - Returns: JSON text; NULL when there is no answer.
/// - Ownership: borrowed; valid until the caller's reference to the query is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_query_get_json")
public func i2v_query_get_json(_ query: Const<i2v_query>?) -> UnsafePointer<CChar>? {
    object(query, as: Query.self)?.json
}

/// Get how many items the answer has.
///
/// One for each id that was asked about, each effect, each model; none for credits.
///
/// - Parameters:
///   - query: the query.
/// - Returns: the number; 0 when there is no answer.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_query_get_count")
public func i2v_query_get_count(_ query: Const<i2v_query>?) -> Int {
    object(query, as: Query.self)?.count ?? 0
}

/// Copy a video of a results answer.
///
/// - Parameters:
///   - query: the query.
///   - index: from 0; the videos are in the order in which their ids were asked about.
/// - Returns: the video; NULL when the service did not list the id, or gave no readable answer about it even when it was
///   asked about alone, and for every other wrong index or query.
/// - Ownership: the caller releases it with `i2v_video_release`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_query_copy_video")
public func i2v_query_copy_video(_ query: Const<i2v_query>?, _ index: Int) -> i2v_video? {
    guard let videos = object(query, as: Query.self)?.answer?.videos, videos.indices.contains(index),
        let video = videos[index]
    else { return nil }
    return handle(VideoBox(video))
}

/// Get whether a video was deleted.
///
/// - Parameters:
///   - query: a query of `i2v_client_delete_videos`.
///   - index: from 0, in the order of the ids.
/// - Returns: true when the service deleted it; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_query_get_deleted")
public func i2v_query_get_deleted(_ query: Const<i2v_query>?, _ index: Int) -> Bool {
    object(query, as: Query.self)?.deletion(index).map { $0.refusal == nil } ?? false
}

/// Get why a video was not deleted.
///
/// - Parameters:
///   - query: a query of `i2v_client_delete_videos`.
///   - index: from 0, in the order of the ids.
/// - Returns: the reason; NULL when it was deleted.
/// - Ownership: borrowed; valid until the caller's reference to the query is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_query_get_refusal")
public func i2v_query_get_refusal(_ query: Const<i2v_query>?, _ index: Int) -> UnsafePointer<CChar>? {
    object(query, as: Query.self)?.refusal(index)
}

/// Get the balance that a credits answer tells.
///
/// - Parameters:
///   - query: the query.
///   - credits: receives the number, and is left alone when there is none; may be NULL.
/// - Returns: true when there is a balance; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_query_get_credits")
public func i2v_query_get_credits(
    _ query: Const<i2v_query>?, _ credits: UnsafeMutablePointer<Double>?
) -> Bool {
    give(object(query, as: Query.self)?.answer?.credit, to: credits)
}

/// Copy an effect of an effects answer.
///
/// - Parameters:
///   - query: the query.
///   - index: from 0.
/// - Returns: the effect; NULL for a wrong index or query.
/// - Ownership: the caller releases it with `i2v_effect_release`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_query_copy_effect")
public func i2v_query_copy_effect(_ query: Const<i2v_query>?, _ index: Int) -> i2v_effect? {
    guard let effects = object(query, as: Query.self)?.answer?.effects,
        effects.indices.contains(index)
    else { return nil }
    return handle(EffectBox(effects[index]))
}

/// Get how many effects there are, as the service counts them.
///
/// - Parameters:
///   - query: the query, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_query_get_total")
public func i2v_query_get_total(
    _ query: Const<i2v_query>?, _ value: UnsafeMutablePointer<Int64>?
) -> Bool {
    give(object(query, as: Query.self)?.answer?.total, to: value)
}

/// Find an effect of an effects answer by its name.
///
/// Upper and lower case of ASCII letters do not matter.
///
/// - Parameters:
///   - query: the query.
///   - name: the name, for example `Squish`.
/// - Returns: the effect; NULL when there is none.
/// - Ownership: the caller releases it with `i2v_effect_release`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_query_find_effect")
public func i2v_query_find_effect(
    _ query: Const<i2v_query>?, _ name: UnsafePointer<CChar>?
) -> i2v_effect? {
    guard let name, let wanted = String(validatingCString: name),
        let answer = object(query, as: Query.self)?.answer, let effect = answer.effect(named: wanted)
    else { return nil }
    return handle(EffectBox(effect))
}

/// Copy a model of a models answer.
///
/// - Parameters:
///   - query: the query.
///   - index: from 0; the models are sorted best first.
/// - Returns: the model; NULL for a wrong index or query.
/// - Ownership: the caller releases it with `i2v_model_release`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_query_copy_model")
public func i2v_query_copy_model(_ query: Const<i2v_query>?, _ index: Int) -> i2v_model? {
    guard let models = object(query, as: Query.self)?.answer?.models, models.indices.contains(index)
    else { return nil }
    return handle(ModelBox(models[index]))
}
