// Section 11: Webhooks
// What the service posts to a request's webhook address. A receiver gives the body of the POST to
// i2v_webhook_open(), answers HTTP 200 when that succeeds (the service repeats what is answered otherwise),
// and hands the event to i2v_client_notify(). The signature holds no secret but the client id, so an event is
// a hint: the client looks at the video before it believes anything.
import Image2Video

/// What a verified webhook says of a video. Immutable and shared.
public typealias i2v_webhook_event = OpaquePointer

/// Verify and open the body of a webhook.
///
/// Sends nothing and needs no client. The signature is compared in constant time. At most 1 MiB.
///
/// - Parameters:
///   - clientId: the account's client id.
///   - clientSecret: the account's client secret, which is 16, 24 or 32 bytes long.
///   - body: the body of the POST.
///   - length: its length in bytes.
///   - maxAge: how far the webhook's time may be from now, either way, in milliseconds, 0 to 315360000000; -1
///     takes any. The service repeats unanswered webhooks on a schedule it does not document.
///   - event: receives the event; set to NULL on failure.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`; `I2V_ERROR_WEBHOOK` with the field at fault: `body` (no webhook), `signature`,
///   `timestamp` (too old, or from the future), `dataEncrypt` (not for this secret);
///   `I2V_ERROR_INVALID_ARGUMENT` for NULL, text that is not UTF-8, an empty id, a secret of another length, or a
///   wrong `max_age`.
/// - Ownership: the caller releases `*event` with `i2v_webhook_event_release`, and destroys `*error`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_webhook_open")
public func i2v_webhook_open(
    _ clientId: UnsafePointer<CChar>?, _ clientSecret: UnsafePointer<CChar>?, _ body: UnsafePointer<UInt8>?,
    _ length: Int, _ maxAge: Int64, _ event: UnsafeMutablePointer<i2v_webhook_event?>?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    event?.pointee = nil
    return attempt(error) { () throws(I2VError) in
        let id = try text(clientId, "client_id")
        let secret = try text(clientSecret, "client_secret")
        guard let body else { throw .null("body") }
        guard let event else { throw .null("event") }
        let bytes = try Webhook.bytes(body, length)
        let opened = try Webhook.open(
            bytes, clientID: id, clientSecret: secret, maxAge: maxAge == -1 ? nil : maxAge)
        event.pointee = handle(opened)
    }
}

/// Add a reference to an event.
///
/// - Parameters:
///   - event: the event; NULL is harmless.
/// - Returns: `event`.
/// - Ownership: the caller releases the reference with `i2v_webhook_event_release`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_webhook_event_retain")
public func i2v_webhook_event_retain(_ event: i2v_webhook_event?) -> i2v_webhook_event? {
    retain(event, as: WebhookEvent.self)
}

/// Give a reference to an event back.
///
/// - Parameters:
///   - event: the event; NULL is harmless.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_webhook_event_release")
public func i2v_webhook_event_release(_ event: i2v_webhook_event?) {
    release(event, as: WebhookEvent.self)
}

/// Get the id of the video.
///
/// - Parameters:
///   - event: the event; NULL gives NULL.
/// - Returns: the text; NULL for NULL alone.
/// - Ownership: borrowed; valid until the caller's reference to the event is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_webhook_event_get_id")
public func i2v_webhook_event_get_id(_ event: Const<i2v_webhook_event>?) -> UnsafePointer<CChar>? {
    object(event, as: WebhookEvent.self).map { event in event.texts.get("_id") { event.id } }
}

/// Get how far the service says it is.
///
/// - Parameters:
///   - event: the event, or NULL.
/// - Returns: one of the `I2V_SERVICE_` constants or a value the service added; 0 when it did not say.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_webhook_event_get_status")
public func i2v_webhook_event_get_status(_ event: Const<i2v_webhook_event>?) -> i2v_service_status {
    object(event, as: WebhookEvent.self)?.status ?? 0
}

/// Get the service's word for the kind of video, which it does not document.
///
/// - Parameters:
///   - event: the event; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the event is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_webhook_event_get_type")
public func i2v_webhook_event_get_type(_ event: Const<i2v_webhook_event>?) -> UnsafePointer<CChar>? {
    object(event, as: WebhookEvent.self)?.json["type"]?.cString
}

/// Get the address of the finished video, unconfirmed.
///
/// - Parameters:
///   - event: the event; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the event is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_webhook_event_get_url")
public func i2v_webhook_event_get_url(_ event: Const<i2v_webhook_event>?) -> UnsafePointer<CChar>? {
    object(event, as: WebhookEvent.self)?.json["url"]?.cString
}

/// Get the credits taken for the video.
///
/// - Parameters:
///   - event: the event, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_webhook_event_get_deduction_credit")
public func i2v_webhook_event_get_deduction_credit(
    _ event: Const<i2v_webhook_event>?, _ value: UnsafeMutablePointer<Double>?
) -> Bool {
    give(object(event, as: WebhookEvent.self)?.deductionCredit, to: value)
}

/// Get when the service made the webhook.
///
/// - Parameters:
///   - event: the event, or NULL.
/// - Returns: milliseconds since 1970; 0 for NULL.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_webhook_event_get_timestamp")
public func i2v_webhook_event_get_timestamp(_ event: Const<i2v_webhook_event>?) -> Int64 {
    object(event, as: WebhookEvent.self)?.timestamp ?? 0
}

/// Get everything the webhook says, decrypted, as one line of JSON.
///
/// - Parameters:
///   - event: the event; NULL gives NULL.
/// - Returns: the text; NULL for NULL alone.
/// - Ownership: borrowed; valid until the caller's reference to the event is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_webhook_event_get_json")
public func i2v_webhook_event_get_json(_ event: Const<i2v_webhook_event>?) -> UnsafePointer<CChar>? {
    guard let event = object(event, as: WebhookEvent.self) else { return nil }
    return event.texts.get("json") { event.json.text }
}
