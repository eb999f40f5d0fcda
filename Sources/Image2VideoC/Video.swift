// Section 7: Video
// What the service said of one video: a snapshot that never changes. Every attribute may be missing, since
// answers of different calls list different ones; whatever this version has no getter for is in the JSON.
import Image2Video

/// A snapshot of one video as the service describes it. Immutable and shared.
public typealias i2v_video = OpaquePointer

/// How far the service is with a video. It may send values this header does not list: they mean not finished.
/// - Values: ServiceStatus I2V_SERVICE_
public typealias i2v_service_status = Int32

/// Add a reference to a video.
///
/// - Parameters:
///   - video: the video; NULL is harmless.
/// - Returns: `video`.
/// - Ownership: the caller releases the reference with `i2v_video_release`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_retain")
public func i2v_video_retain(_ video: i2v_video?) -> i2v_video? {
    retain(video, as: VideoBox.self)
}

/// Give a reference to a video back.
///
/// - Parameters:
///   - video: the video; NULL is harmless.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_release")
public func i2v_video_release(_ video: i2v_video?) {
    release(video, as: VideoBox.self)
}

/// Get the id of the video (`_id`).
///
/// - Parameters:
///   - video: the video; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the video is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_id")
public func i2v_video_get_id(_ video: Const<i2v_video>?) -> UnsafePointer<CChar>? {
    object(video, as: VideoBox.self)?.video.cID
}

/// Get how far the service is, as it said so.
///
/// - Parameters:
///   - video: the video, or NULL.
/// - Returns: one of the `I2V_SERVICE_` constants or a value the service added; 0 when it did not say.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_status")
public func i2v_video_get_status(_ video: Const<i2v_video>?) -> i2v_service_status {
    object(video, as: VideoBox.self)?.video.status ?? 0
}

/// Get the address of the finished video.
///
/// It works without credentials, for seven days after creation.
///
/// - Parameters:
///   - video: the video; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the video is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_video_url")
public func i2v_video_get_video_url(_ video: Const<i2v_video>?) -> UnsafePointer<CChar>? {
    object(video, as: VideoBox.self)?.video.cVideoURL
}

/// Get why the video failed, in the service's words.
///
/// - Parameters:
///   - video: the video; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the video is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_failure_reason")
public func i2v_video_get_failure_reason(_ video: Const<i2v_video>?) -> UnsafePointer<CChar>? {
    object(video, as: VideoBox.self)?.failureReason
}

/// Get when the video was asked for, in milliseconds since 1970.
///
/// - Parameters:
///   - video: the video, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_create_time")
public func i2v_video_get_create_time(
    _ video: Const<i2v_video>?, _ value: UnsafeMutablePointer<Int64>?
) -> Bool {
    give(object(video, as: VideoBox.self)?.video.integer("create_time"), to: value)
}

/// Get when it last changed, in milliseconds since 1970.
///
/// The service sometimes gives a time before the creation.
///
/// - Parameters:
///   - video: the video, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_update_time")
public func i2v_video_get_update_time(
    _ video: Const<i2v_video>?, _ value: UnsafeMutablePointer<Int64>?
) -> Bool {
    give(object(video, as: VideoBox.self)?.video.integer("update_time"), to: value)
}

/// Get the true length of the finished video, in seconds.
///
/// - Parameters:
///   - video: the video, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_video_duration")
public func i2v_video_get_video_duration(
    _ video: Const<i2v_video>?, _ value: UnsafeMutablePointer<Double>?
) -> Bool {
    give(object(video, as: VideoBox.self)?.video.real("video_duration"), to: value)
}

/// Get the credits taken for it.
///
/// - Parameters:
///   - video: the video, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_deduction_credit")
public func i2v_video_get_deduction_credit(
    _ video: Const<i2v_video>?, _ value: UnsafeMutablePointer<Double>?
) -> Bool {
    give(object(video, as: VideoBox.self)?.video.real("deduction_credit"), to: value)
}

/// Get the resolution, for example `720p`.
///
/// - Parameters:
///   - video: the video; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the video is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_resolution")
public func i2v_video_get_resolution(_ video: Const<i2v_video>?) -> UnsafePointer<CChar>? {
    object(video, as: VideoBox.self)?.video.cText("resolution")
}

/// Get the service's name for the file.
///
/// It is not unique and may hold any character: do not use it as a path.
///
/// - Parameters:
///   - video: the video; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the video is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_file_name")
public func i2v_video_get_file_name(_ video: Const<i2v_video>?) -> UnsafePointer<CChar>? {
    object(video, as: VideoBox.self)?.video.cText("file_name")
}

/// Get the address of the picture.
///
/// - Parameters:
///   - video: the video; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the video is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_image_url")
public func i2v_video_get_image_url(_ video: Const<i2v_video>?) -> UnsafePointer<CChar>? {
    object(video, as: VideoBox.self)?.video.cText("image_url")
}

/// Get the address of the last picture.
///
/// - Parameters:
///   - video: the video; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the video is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_last_image_url")
public func i2v_video_get_last_image_url(_ video: Const<i2v_video>?) -> UnsafePointer<CChar>? {
    object(video, as: VideoBox.self)?.video.cText("last_image_url")
}

/// Get the prompt.
///
/// - Parameters:
///   - video: the video; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the video is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_prompt")
public func i2v_video_get_prompt(_ video: Const<i2v_video>?) -> UnsafePointer<CChar>? {
    object(video, as: VideoBox.self)?.video.cText("prompt")
}

/// Get the negative prompt.
///
/// - Parameters:
///   - video: the video; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the video is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_negative_prompt")
public func i2v_video_get_negative_prompt(_ video: Const<i2v_video>?) -> UnsafePointer<CChar>? {
    object(video, as: VideoBox.self)?.video.cText("negative_prompt")
}

/// Get whether the prompt was extended.
///
/// - Parameters:
///   - video: the video, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_extend_prompt")
public func i2v_video_get_extend_prompt(
    _ video: Const<i2v_video>?, _ value: UnsafeMutablePointer<Bool>?
) -> Bool {
    give(object(video, as: VideoBox.self)?.video.flag("extend_prompt"), to: value)
}

/// Get the model.
///
/// - Parameters:
///   - video: the video; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the video is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_model_name")
public func i2v_video_get_model_name(_ video: Const<i2v_video>?) -> UnsafePointer<CChar>? {
    object(video, as: VideoBox.self)?.video.cText("model_name")
}

/// Get the name of the effect.
///
/// - Parameters:
///   - video: the video; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the video is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_effect_name")
public func i2v_video_get_effect_name(_ video: Const<i2v_video>?) -> UnsafePointer<CChar>? {
    object(video, as: VideoBox.self)?.video.cText("effect_name")
}

/// Get the code of the effect.
///
/// - Parameters:
///   - video: the video; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the video is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_effect_code")
public func i2v_video_get_effect_code(_ video: Const<i2v_video>?) -> UnsafePointer<CChar>? {
    object(video, as: VideoBox.self)?.video.cText("effect_code")
}

/// Get where the sound comes from, one of the `I2V_AUDIO_` constants or a value the service added.
///
/// - Parameters:
///   - video: the video, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_audio_type")
public func i2v_video_get_audio_type(
    _ video: Const<i2v_video>?, _ value: UnsafeMutablePointer<i2v_audio_type>?
) -> Bool {
    give(object(video, as: VideoBox.self)?.video.number("audio_type"), to: value)
}

/// Get the address of the sound.
///
/// - Parameters:
///   - video: the video; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the video is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_audio_url")
public func i2v_video_get_audio_url(_ video: Const<i2v_video>?) -> UnsafePointer<CChar>? {
    object(video, as: VideoBox.self)?.video.cText("audio_url")
}

/// Get whether only sound was added to an existing video.
///
/// - Parameters:
///   - video: the video, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_only_add_audio")
public func i2v_video_get_only_add_audio(
    _ video: Const<i2v_video>?, _ value: UnsafeMutablePointer<Bool>?
) -> Bool {
    give(object(video, as: VideoBox.self)?.video.flag("only_add_audio"), to: value)
}

/// Get the id that videos of one batch request share.
///
/// - Parameters:
///   - video: the video; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the video is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_batch_id")
public func i2v_video_get_batch_id(_ video: Const<i2v_video>?) -> UnsafePointer<CChar>? {
    object(video, as: VideoBox.self)?.video.cText("batch_id")
}

/// Get how many videos the batch request made.
///
/// - Parameters:
///   - video: the video, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_batch_count")
public func i2v_video_get_batch_count(
    _ video: Const<i2v_video>?, _ value: UnsafeMutablePointer<Int64>?
) -> Bool {
    give(object(video, as: VideoBox.self)?.video.integer("batch_count"), to: value)
}

/// Get the webhook's address.
///
/// - Parameters:
///   - video: the video; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the video is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_webhook_url")
public func i2v_video_get_webhook_url(_ video: Const<i2v_video>?) -> UnsafePointer<CChar>? {
    object(video, as: VideoBox.self)?.video.cText("webhookUrl")
}

/// Get the user's id.
///
/// - Parameters:
///   - video: the video, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_uid")
public func i2v_video_get_uid(
    _ video: Const<i2v_video>?, _ value: UnsafeMutablePointer<Int64>?
) -> Bool {
    give(object(video, as: VideoBox.self)?.video.integer("uid"), to: value)
}

/// Get the team's id.
///
/// - Parameters:
///   - video: the video; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the video is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_team_id")
public func i2v_video_get_team_id(_ video: Const<i2v_video>?) -> UnsafePointer<CChar>? {
    object(video, as: VideoBox.self)?.video.cText("team_id")
}

/// Get the id of the video that this one has new sound for.
///
/// - Parameters:
///   - video: the video; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the video is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_pre_video_id")
public func i2v_video_get_pre_video_id(_ video: Const<i2v_video>?) -> UnsafePointer<CChar>? {
    object(video, as: VideoBox.self)?.video.cText("pre_video_id")
}

/// Get the service's number for the kind of video, which it does not document.
///
/// - Parameters:
///   - video: the video, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_sub_type")
public func i2v_video_get_sub_type(
    _ video: Const<i2v_video>?, _ value: UnsafeMutablePointer<Int64>?
) -> Bool {
    give(object(video, as: VideoBox.self)?.video.integer("sub_type"), to: value)
}

/// Get when the service removes the video, in milliseconds since 1970.
///
/// Seven days after its creation.
///
/// - Parameters:
///   - video: the video, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_expiry_time")
public func i2v_video_get_expiry_time(
    _ video: Const<i2v_video>?, _ value: UnsafeMutablePointer<Int64>?
) -> Bool {
    give(object(video, as: VideoBox.self)?.video.expiryTime, to: value)
}

/// Get how long the service keeps the video still, in milliseconds.
///
/// Told by this machine's time of day; 0 when it is past.
///
/// - Parameters:
///   - video: the video, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_remaining_time")
public func i2v_video_get_remaining_time(
    _ video: Const<i2v_video>?, _ value: UnsafeMutablePointer<Int64>?
) -> Bool {
    give(object(video, as: VideoBox.self)?.video.remainingTime, to: value)
}

/// Get everything the service said of the video, as one line of JSON.
///
/// - Parameters:
///   - video: the video; NULL gives NULL.
/// - Returns: the text; NULL for NULL alone.
/// - Ownership: borrowed; valid until the caller's reference to the video is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_video_get_json")
public func i2v_video_get_json(_ video: Const<i2v_video>?) -> UnsafePointer<CChar>? {
    object(video, as: VideoBox.self)?.json
}
