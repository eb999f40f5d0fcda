// Section 4: Request
// What to make. A request is filled in, submitted as often as wanted, and destroyed; submitting copies it. A
// setter that refuses its value says so in its status; the request remembers the refusal too, and submitting
// then fails with the details, so that a row of setters needs no checks in between.
//
// The service has two endpoints. A request that names a model, a last image, a count, generated audio or
// shots goes to the batch endpoint, one with an effect, audio or the premium model to the single endpoint,
// any other to the single endpoint as well. What no endpoint takes together is refused before anything is
// sent.
import Image2Video

/// One wish for a video, or for several alike. Mutable; used by one thread at a time.
public typealias i2v_request = OpaquePointer

/// Create an empty request.
///
/// - Returns: the new request; never NULL.
/// - Ownership: the caller destroys it with `i2v_request_destroy`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_create")
public func i2v_request_create() -> i2v_request? {
    handle(RequestBox(VideoRequest()))
}

/// Destroy a request.
///
/// Jobs submitted from it are not touched.
///
/// - Parameters:
///   - request: the request; NULL is harmless.
/// - Threads: any thread, once, when no other thread uses it.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_destroy")
public func i2v_request_destroy(_ request: i2v_request?) {
    release(request, as: RequestBox.self)
}

/// Where a video's sound comes from. The service may add values.
/// - Values: AudioType I2V_AUDIO_
public typealias i2v_audio_type = Int32

/// Set the picture to animate.
///
/// Required.
///
/// The service fetches it, so it must be a public address. Reported to work: heights from 300 to 6000 pixels,
/// aspect ratios from 0.4 to 2.5.
///
/// - Parameters:
///   - request: the request.
///   - url: an absolute http or https URL.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, text that is not UTF-8, or anything but an
///   absolute http or https URL.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_image_url")
public func i2v_request_set_image_url(_ request: i2v_request?, _ url: UnsafePointer<CChar>?) -> i2v_status {
    setText(
        request, "image_url", url, as: RequestBox.self,
        check: { (url) throws(I2VError) in try VideoRequest.checkURL(url, "image_url") }
    ) { $0.imageURL = $1 }
}

/// Set how the picture shall move.
///
/// Required, unless an effect is named.
///
/// The service ignores it when an effect is named.
///
/// - Parameters:
///   - request: the request.
///   - text: the description.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL or text that is not UTF-8.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_prompt")
public func i2v_request_set_prompt(_ request: i2v_request?, _ text: UnsafePointer<CChar>?) -> i2v_status {
    setText(request, "prompt", text, as: RequestBox.self, allowEmpty: true) { $0.prompt = $1 }
}

/// Set what to avoid.
///
/// Default empty.
///
/// - Parameters:
///   - request: the request.
///   - text: the description; may be empty.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL or text that is not UTF-8.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_negative_prompt")
public func i2v_request_set_negative_prompt(
    _ request: i2v_request?, _ text: UnsafePointer<CChar>?
) -> i2v_status {
    setText(request, "negative_prompt", text, as: RequestBox.self, allowEmpty: true) {
        $0.negativePrompt = $1
    }
}

/// Set whether the service may extend the prompt by its own.
///
/// Default: left to the service.
///
/// - Parameters:
///   - request: the request.
///   - extend: true to allow it.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for a NULL request.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_extend_prompt")
public func i2v_request_set_extend_prompt(_ request: i2v_request?, _ extend: Bool) -> i2v_status {
    setValue(request, "extend_prompt", as: RequestBox.self) { $0.extendPrompt = extend }
}

/// Set the resolution.
///
/// Default `720p`. Without a model: `720p`, `1080p` or `4k`. With a model: whatever the model lists; an empty
/// text leaves the field out, for models that list none.
///
/// - Parameters:
///   - request: the request.
///   - resolution: the resolution's name.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL or text that is not UTF-8.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_resolution")
public func i2v_request_set_resolution(
    _ request: i2v_request?, _ resolution: UnsafePointer<CChar>?
) -> i2v_status {
    setText(request, "resolution", resolution, as: RequestBox.self, allowEmpty: true) { $0.resolution = $1 }
}

/// Set the length of the video.
///
/// Default 5 s. Without a model: 5 or 10; 10 needs a pro plan. With a model: whatever the model lists.
///
/// - Parameters:
///   - request: the request.
///   - seconds: 1 to 3600 seconds.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, or outside the range.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_video_length")
public func i2v_request_set_video_length(_ request: i2v_request?, _ seconds: Int32) -> i2v_status {
    setNumber(request, .videoLength, Int64(seconds), as: RequestBox.self) { $0.videoLength = $1 }
}

/// Set where the sound comes from.
///
/// Single endpoint only.
///
/// Default `I2V_AUDIO_NONE`, or `I2V_AUDIO_CUSTOM` when an audio address is set.
///
/// - Parameters:
///   - request: the request.
///   - audioType: one of the `I2V_AUDIO_` constants.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL or an unknown value.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_audio_type")
public func i2v_request_set_audio_type(_ request: i2v_request?, _ audioType: i2v_audio_type) -> i2v_status {
    setValue(request, "audio_type", as: RequestBox.self) { (value) throws(I2VError) in
        guard let choice = AudioType(rawValue: audioType) else {
            throw .invalid("audio_type", "audio_type is not one of the I2V_AUDIO_ constants")
        }
        value.audioType = choice
    }
}

/// Set the sound to use.
///
/// Single endpoint only; goes with `I2V_AUDIO_CUSTOM` alone.
///
/// - Parameters:
///   - request: the request.
///   - url: an absolute http or https URL.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, text that is not UTF-8, or anything but an
///   absolute http or https URL.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_audio_url")
public func i2v_request_set_audio_url(_ request: i2v_request?, _ url: UnsafePointer<CChar>?) -> i2v_status {
    setText(
        request, "audio_url", url, as: RequestBox.self,
        check: { (url) throws(I2VError) in try VideoRequest.checkURL(url, "audio_url") }
    ) { $0.audioURL = $1 }
}

/// Set whether to use the faster premium model.
///
/// Single endpoint only; needs a pro plan.
///
/// Default: left to the service.
///
/// - Parameters:
///   - request: the request.
///   - premium: true to use it.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for a NULL request.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_is_premium_model")
public func i2v_request_set_is_premium_model(_ request: i2v_request?, _ premium: Bool) -> i2v_status {
    setValue(request, "is_premium_model", as: RequestBox.self) { $0.isPremiumModel = premium }
}

/// Set the effect to apply.
///
/// Single endpoint only.
///
/// - Parameters:
///   - request: the request.
///   - code: an effect's code, as the service lists it.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, an empty text or text that is not UTF-8.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_effect_code")
public func i2v_request_set_effect_code(
    _ request: i2v_request?, _ code: UnsafePointer<CChar>?
) -> i2v_status {
    setText(request, "effect_code", code, as: RequestBox.self) { $0.effectCode = $1 }
}

/// Set where the service shall report the job's progress (`webhookurl`).
///
/// Polling goes on all the same. A client with a ledger adds a parameter `i2v_nonce` to the address's query, another
/// for each create: the service posts to that address and names it in its answers, which is how a lost create is
/// found again for certain. A receiver may ignore it. The address is sent as it is by a client without a ledger, after
/// `i2v_request_set_webhook_nonce` with false, and where the parameter would make it longer than 2048 bytes.
///
/// - Parameters:
///   - request: the request.
///   - url: an absolute http or https URL, or an empty text.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, text that is not UTF-8, anything but an http
///   or https URL, or more than 2048 bytes.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_webhook_url")
public func i2v_request_set_webhook_url(_ request: i2v_request?, _ url: UnsafePointer<CChar>?) -> i2v_status {
    setText(
        request, "webhookurl", url, as: RequestBox.self, allowEmpty: true, check: VideoRequest.checkWebhook
    ) { $0.webhookURL = $1 }
}

/// Set whether a client with a ledger adds a nonce to the webhook's address.
///
/// Default true. Set false for an address that must not change, such as one whose query is signed. A lost create is then
/// looked for by its picture, its prompt and its time, as without a webhook.
///
/// - Parameters:
///   - request: the request.
///   - add: whether to.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for a NULL request.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_webhook_nonce")
public func i2v_request_set_webhook_nonce(_ request: i2v_request?, _ add: Bool) -> i2v_status {
    setValue(request, "webhook_nonce", as: RequestBox.self) { $0.hasWebhookNonce = add }
}

/// Set the model.
///
/// Batch endpoint only.
///
/// Models come and go; the library does not judge the name.
///
/// - Parameters:
///   - request: the request.
///   - name: a model's value, as the service lists it.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, an empty text or text that is not UTF-8.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_model_name")
public func i2v_request_set_model_name(_ request: i2v_request?, _ name: UnsafePointer<CChar>?) -> i2v_status {
    setText(request, "model_name", name, as: RequestBox.self) { $0.modelName = $1 }
}

/// Set the picture the video shall end with.
///
/// Batch endpoint only; not every model can.
///
/// - Parameters:
///   - request: the request.
///   - url: an absolute http or https URL.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, text that is not UTF-8, or anything but an
///   absolute http or https URL.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_last_image_url")
public func i2v_request_set_last_image_url(
    _ request: i2v_request?, _ url: UnsafePointer<CChar>?
) -> i2v_status {
    setText(
        request, "last_image_url", url, as: RequestBox.self,
        check: { (url) throws(I2VError) in try VideoRequest.checkURL(url, "last_image_url") }
    ) { $0.lastImageURL = $1 }
}

/// Set how many videos to make of this request.
///
/// Batch endpoint only.
///
/// Default 1; 1 to 10. More than one needs `i2v_client_submit_batch`.
///
/// - Parameters:
///   - request: the request.
///   - count: number of videos.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, or outside the range.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_count")
public func i2v_request_set_count(_ request: i2v_request?, _ count: Int32) -> i2v_status {
    setNumber(request, .count, Int64(count), as: RequestBox.self) { $0.count = $1 }
}

/// Set the model by its entry in the service's list, and hold the request to that.
///
/// As `i2v_request_set_model_name`, and more: what the model does not offer (a resolution, a length, a count,
/// a last frame, sound) is refused before anything is sent, naming the values it takes; a resolution or a
/// length that is not set becomes one it offers; and the estimate goes by the entry's `unit_credit`.
///
/// - Parameters:
///   - request: the request.
///   - model: the entry, which is copied.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL and for an entry without a value.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_model")
public func i2v_request_set_model(_ request: i2v_request?, _ model: Const<i2v_model>?) -> i2v_status {
    setValue(request, "model_name", as: RequestBox.self) { (value) throws(I2VError) in
        guard let rules = try unwrap(model, as: ModelBox.self, "model").model.rules else {
            throw .invalid("model_name", "the model's entry has no value")
        }
        value.setModel(rules)
    }
}

/// Set whether the model makes sound for the video.
///
/// Default: left to the service, which makes none unless the model always does. For the batch endpoint, and
/// for models that list it.
///
/// - Parameters:
///   - request: the request.
///   - generate: whether to.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_generate_audio")
public func i2v_request_set_generate_audio(_ request: i2v_request?, _ generate: Bool) -> i2v_status {
    setValue(request, "generate_audio", as: RequestBox.self) { $0.generateAudio = generate }
}

/// Add a shot to the video: shots follow each other, each with a prompt of its own (`multi_prompt`).
///
/// At most 5. Together they take the video's length, which is their sum unless it is set. The request's own
/// prompt stays required. A shot that is refused stays so until i2v_request_clear_multi_prompt(). For the
/// batch endpoint, and for models that support it.
///
/// - Parameters:
///   - request: the request.
///   - seconds: how long the shot is; at least 1.
///   - prompt: how the picture shall move in it; not empty.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, an empty text, text that is not UTF-8, or a
///   length out of range.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_add_multi_prompt")
public func i2v_request_add_multi_prompt(
    _ request: i2v_request?, _ seconds: Int32, _ prompt: UnsafePointer<CChar>?
) -> i2v_status {
    setText(
        request, "multi_prompt", prompt, as: RequestBox.self, adds: true,
        check: { (_) throws(I2VError) in try Limit.shotDuration.check(Int64(seconds)) }
    ) {
        $0.multiPrompt.append(VideoRequest.Shot(prompt: $1, duration: Int64(seconds)))
    }
}

/// Remove all shots.
///
/// - Parameters:
///   - request: the request.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_clear_multi_prompt")
public func i2v_request_clear_multi_prompt(_ request: i2v_request?) -> i2v_status {
    setValue(request, "multi_prompt", as: RequestBox.self) { $0.multiPrompt = [] }
}

/// Set the file to save the finished video to, which makes saving part of the job.
///
/// Default: none; the job ends when the service has finished the video. The folder must exist. The video is
/// written to `target` with `.part` appended and renamed when it is whole; a file of that name counts as
/// left behind by an earlier try, and is taken over or removed. With a count above 1, `-1`, `-2` and so on are
/// put before the extension. A relative path counts from the folder that the process is in at the submit.
///
/// - Parameters:
///   - request: the request.
///   - path: path of the file.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, an empty text or text that is not UTF-8.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_target")
public func i2v_request_set_target(_ request: i2v_request?, _ path: UnsafePointer<CChar>?) -> i2v_status {
    setText(request, "target", path, as: RequestBox.self) { $0.target = $1 }
}

/// Set whether an existing file may be replaced.
///
/// Default false: a target that exists is refused before anything is sent.
///
/// - Parameters:
///   - request: the request.
///   - replace: true to replace it.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for a NULL request.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_replace_target")
public func i2v_request_set_replace_target(_ request: i2v_request?, _ replace: Bool) -> i2v_status {
    setValue(request, "replace_target", as: RequestBox.self) { $0.replaceTarget = replace }
}

/// Set how long the job may take from submit to its end.
///
/// Default: what the client is configured with; 1 to 604800000 (seven days).
///
/// - Parameters:
///   - request: the request.
///   - milliseconds: milliseconds.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, or outside the range.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_set_deadline")
public func i2v_request_set_deadline(_ request: i2v_request?, _ milliseconds: Int64) -> i2v_status {
    setNumber(request, .deadline, milliseconds, as: RequestBox.self) { $0.deadline = $1 }
}

/// Check a request without sending anything.
///
/// The same checks run when it is submitted.
///
/// - Parameters:
///   - request: the request.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for NULL, and with the field at fault; `I2V_ERROR_FILE_EXISTS`
///   or `I2V_ERROR_FILE` when the target cannot be written.
/// - Ownership: the caller destroys `*error`.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_validate")
public func i2v_request_validate(
    _ request: Const<i2v_request>?, _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    attempt(error) { () throws(I2VError) in
        try Client.validate(unwrap(request, as: RequestBox.self, "request").checked())
    }
}

/// Ground of an estimate, best first. Treat unknown values as `I2V_ESTIMATE_PAGE`.
/// - Values: Estimate.Basis I2V_ESTIMATE_
public typealias i2v_estimate_basis = Int32

/// Get an estimate of what a request will cost, for all its videos together.
///
/// An estimate is a range, and no promise: what a video took is in its `deduction_credit`. With a model's entry from
/// `i2v_request_set_model`, the low end is its `unit_credit` once for each video, and the high end once for each second,
/// since the service does not say which it means; sound at a surcharge adds its share to both. Without an entry, or with
/// one that names no price, it is a fifth of the price table of the service's page and five times of it, since bills
/// have been seen that far away: 100 credits where the table says 20, and 4 for models chosen by name. What the table
/// does not list counts as the next dearer entry. `i2v_client_get_estimate` knows more: what the account was charged.
///
/// - Parameters:
///   - request: the request, which need not be complete.
///   - low: set to the least credits expected; unchanged on failure; may be NULL.
///   - high: set to the most credits expected; unchanged on failure; may be NULL.
///   - basis: set to one of the `I2V_ESTIMATE_` constants; unchanged on failure; may be NULL.
///   - error: receives the details on failure; may be NULL.
/// - Returns: `I2V_OK`; `I2V_ERROR_INVALID_ARGUMENT` for a NULL request and for a value that a setter refused.
/// - Ownership: the caller destroys `*error`.
/// - Threads: one thread at a time.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_request_get_estimate")
public func i2v_request_get_estimate(
    _ request: Const<i2v_request>?, _ low: UnsafeMutablePointer<Double>?,
    _ high: UnsafeMutablePointer<Double>?, _ basis: UnsafeMutablePointer<i2v_estimate_basis>?,
    _ error: UnsafeMutablePointer<i2v_error?>?
) -> i2v_status {
    attempt(error) { () throws(I2VError) in
        give(try unwrap(request, as: RequestBox.self, "request").checked().estimate, low, high, basis)
    }
}
