// Section 9: Effects
// What a request's effect_code can name.
import Image2Video

/// An effect as the service describes it. Immutable and shared.
public typealias i2v_effect = OpaquePointer

/// Add a reference to an effect.
///
/// - Parameters:
///   - effect: the effect; NULL is harmless.
/// - Returns: `effect`.
/// - Ownership: the caller releases the reference with `i2v_effect_release`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_effect_retain")
public func i2v_effect_retain(_ effect: i2v_effect?) -> i2v_effect? {
    retain(effect, as: EffectBox.self)
}

/// Give a reference to an effect back.
///
/// - Parameters:
///   - effect: the effect; NULL is harmless.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_effect_release")
public func i2v_effect_release(_ effect: i2v_effect?) {
    release(effect, as: EffectBox.self)
}

/// Get the id of the effect's entry (`_id`).
///
/// - Parameters:
///   - effect: the effect; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the effect is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_effect_get_id")
public func i2v_effect_get_id(_ effect: Const<i2v_effect>?) -> UnsafePointer<CChar>? {
    object(effect, as: EffectBox.self)?.id
}

/// Get the code that a request takes.
///
/// - Parameters:
///   - effect: the effect; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the effect is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_effect_get_effect_code")
public func i2v_effect_get_effect_code(_ effect: Const<i2v_effect>?) -> UnsafePointer<CChar>? {
    object(effect, as: EffectBox.self)?.row["effect_code"]?.cString
}

/// Get the name for people.
///
/// - Parameters:
///   - effect: the effect; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the effect is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_effect_get_name")
public func i2v_effect_get_name(_ effect: Const<i2v_effect>?) -> UnsafePointer<CChar>? {
    object(effect, as: EffectBox.self)?.row["name"]?.cString
}

/// Get the address of a picture that shows it.
///
/// - Parameters:
///   - effect: the effect; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the effect is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_effect_get_logo")
public func i2v_effect_get_logo(_ effect: Const<i2v_effect>?) -> UnsafePointer<CChar>? {
    object(effect, as: EffectBox.self)?.row["logo"]?.cString
}

/// Get the address of a video that shows it.
///
/// - Parameters:
///   - effect: the effect; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the effect is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_effect_get_video_url")
public func i2v_effect_get_video_url(_ effect: Const<i2v_effect>?) -> UnsafePointer<CChar>? {
    object(effect, as: EffectBox.self)?.row["video_url"]?.cString
}

/// Get when it was added, in milliseconds since 1970.
///
/// - Parameters:
///   - effect: the effect, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_effect_get_create_time")
public func i2v_effect_get_create_time(
    _ effect: Const<i2v_effect>?, _ value: UnsafeMutablePointer<Int64>?
) -> Bool {
    give(object(effect, as: EffectBox.self)?.row["create_time"]?.integer, to: value)
}

/// Get everything the service said of the effect, as one line of JSON.
///
/// - Parameters:
///   - effect: the effect; NULL gives NULL.
/// - Returns: JSON text.
/// - Ownership: borrowed; valid until the caller's reference to the effect is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_effect_get_json")
public func i2v_effect_get_json(_ effect: Const<i2v_effect>?) -> UnsafePointer<CChar>? {
    object(effect, as: EffectBox.self)?.json
}
