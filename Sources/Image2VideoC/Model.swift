// Section 10: Models
// What a request's model_name can name, and what each model takes. The service describes models in more than
// one way; these getters read all that have been seen. What a model does not say, it does not restrict.
import Image2Video

/// A model as the service describes it. Immutable and shared.
public typealias i2v_model = OpaquePointer

/// Add a reference to a model.
///
/// - Parameters:
///   - model: the model; NULL is harmless.
/// - Returns: `model`.
/// - Ownership: the caller releases the reference with `i2v_model_release`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_retain")
public func i2v_model_retain(_ model: i2v_model?) -> i2v_model? {
    retain(model, as: ModelBox.self)
}

/// Give a reference to a model back.
///
/// - Parameters:
///   - model: the model; NULL is harmless.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_release")
public func i2v_model_release(_ model: i2v_model?) {
    release(model, as: ModelBox.self)
}

/// Get what a request's `model_name` takes.
///
/// - Parameters:
///   - model: the model; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the model is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_value")
public func i2v_model_get_value(_ model: Const<i2v_model>?) -> UnsafePointer<CChar>? {
    object(model, as: ModelBox.self)?.row["value"]?.cString
}

/// Get the name for people.
///
/// - Parameters:
///   - model: the model; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the model is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_label")
public func i2v_model_get_label(_ model: Const<i2v_model>?) -> UnsafePointer<CChar>? {
    object(model, as: ModelBox.self)?.row["label"]?.cString
}

/// Get who makes it.
///
/// - Parameters:
///   - model: the model; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the model is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_provider")
public func i2v_model_get_provider(_ model: Const<i2v_model>?) -> UnsafePointer<CChar>? {
    object(model, as: ModelBox.self)?.row["provider"]?.cString
}

/// Get the group the service puts it in.
///
/// - Parameters:
///   - model: the model; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the model is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_group")
public func i2v_model_get_group(_ model: Const<i2v_model>?) -> UnsafePointer<CChar>? {
    object(model, as: ModelBox.self)?.row["group"]?.cString
}

/// Get the description for people.
///
/// - Parameters:
///   - model: the model; NULL gives NULL.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the model is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_description")
public func i2v_model_get_description(_ model: Const<i2v_model>?) -> UnsafePointer<CChar>? {
    object(model, as: ModelBox.self)?.row["description"]?.cString
}

/// Get the service's number for what it does.
///
/// - Parameters:
///   - model: the model, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_type")
public func i2v_model_get_type(
    _ model: Const<i2v_model>?, _ value: UnsafeMutablePointer<Int64>?
) -> Bool {
    give(object(model, as: ModelBox.self)?.row["type"]?.integer, to: value)
}

/// Get its rank; higher comes first.
///
/// - Parameters:
///   - model: the model, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_sort")
public func i2v_model_get_sort(
    _ model: Const<i2v_model>?, _ value: UnsafeMutablePointer<Int64>?
) -> Bool {
    give(object(model, as: ModelBox.self)?.row["sort"]?.integer, to: value)
}

/// Get whether it needs a pro plan.
///
/// - Parameters:
///   - model: the model, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_is_pro")
public func i2v_model_get_is_pro(
    _ model: Const<i2v_model>?, _ value: UnsafeMutablePointer<Bool>?
) -> Bool {
    give(object(model, as: ModelBox.self)?.row["isPro"]?.bool, to: value)
}

/// Get whether it needs a paid account.
///
/// False does not mean free of charge.
///
/// - Parameters:
///   - model: the model, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_requires_pay")
public func i2v_model_get_requires_pay(
    _ model: Const<i2v_model>?, _ value: UnsafeMutablePointer<Bool>?
) -> Bool {
    give(object(model, as: ModelBox.self)?.row["requiresPay"]?.bool, to: value)
}

/// Get whether it takes a last image.
///
/// - Parameters:
///   - model: the model, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_supported_last_frame")
public func i2v_model_get_supported_last_frame(
    _ model: Const<i2v_model>?, _ value: UnsafeMutablePointer<Bool>?
) -> Bool {
    give(object(model, as: ModelBox.self)?.row["supportedLastFrame"]?.bool, to: value)
}

/// Get whether it can extend the prompt.
///
/// - Parameters:
///   - model: the model, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_supported_extend_prompt")
public func i2v_model_get_supported_extend_prompt(
    _ model: Const<i2v_model>?, _ value: UnsafeMutablePointer<Bool>?
) -> Bool {
    give(object(model, as: ModelBox.self)?.row["supportedExtendPrompt"]?.bool, to: value)
}

/// Get how many pictures it takes.
///
/// - Parameters:
///   - model: the model, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_max_image_count")
public func i2v_model_get_max_image_count(
    _ model: Const<i2v_model>?, _ value: UnsafeMutablePointer<Int64>?
) -> Bool {
    give(object(model, as: ModelBox.self)?.row["maxImageCount"]?.integer, to: value)
}

/// Get how many videos one request can ask for.
///
/// - Parameters:
///   - model: the model, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_max_count")
public func i2v_model_get_max_count(
    _ model: Const<i2v_model>?, _ value: UnsafeMutablePointer<Int64>?
) -> Bool {
    give(object(model, as: ModelBox.self)?.row["maxCount"]?.integer, to: value)
}

/// Get whether it can make sound.
///
/// - Parameters:
///   - model: the model, or NULL.
/// - Returns: true when it can; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_generate_audio")
public func i2v_model_get_generate_audio(_ model: Const<i2v_model>?) -> Bool {
    object(model, as: ModelBox.self)?.model.makesAudio ?? false
}

/// Get how many lengths the model lists for all of its resolutions.
///
/// - Parameters:
///   - model: the model.
/// - Returns: the number; 0 when the model lists none.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_duration_count")
public func i2v_model_get_duration_count(_ model: Const<i2v_model>?) -> Int {
    object(model, as: ModelBox.self)?.model.durations.count ?? 0
}

/// Get one of the lengths, in seconds.
///
/// - Parameters:
///   - model: the model.
///   - index: from 0.
/// - Returns: the length; 0 for a wrong index.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_duration")
public func i2v_model_get_duration(_ model: Const<i2v_model>?, _ index: Int) -> Int64 {
    guard let list = object(model, as: ModelBox.self)?.model.durations, list.indices.contains(index) else {
        return 0
    }
    return list[index]
}

/// Get how many resolutions the model lists.
///
/// A request for a model that lists none leaves its resolution out.
///
/// - Parameters:
///   - model: the model.
/// - Returns: the number.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_resolution_count")
public func i2v_model_get_resolution_count(_ model: Const<i2v_model>?) -> Int {
    object(model, as: ModelBox.self)?.model.resolutions.count ?? 0
}

/// Get what a request's `resolution` takes.
///
/// - Parameters:
///   - model: the model.
///   - index: from 0.
/// - Returns: the value; NULL for a wrong index.
/// - Ownership: borrowed; valid until the caller's reference to the model is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_resolution_value")
public func i2v_model_get_resolution_value(_ model: Const<i2v_model>?, _ index: Int) -> UnsafePointer<CChar>?
{
    object(model, as: ModelBox.self)?.resolutionText(index)
}

/// Get the price in credits at a resolution (`unit_credit`).
///
/// The model's own where the resolution names none. Whether it is meant for a clip or for each of its seconds, the
/// service does not say, and reports differ; `i2v_request_get_estimate` gives both.
///
/// - Parameters:
///   - model: the model.
///   - index: from 0.
///   - value: receives the credits, and is left alone when there are none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_resolution_unit_credit")
public func i2v_model_get_resolution_unit_credit(
    _ model: Const<i2v_model>?, _ index: Int, _ value: UnsafeMutablePointer<Double>?
) -> Bool {
    give(object(model, as: ModelBox.self)?.resolution(index)?.unitCredit, to: value)
}

/// Get everything the service said of a resolution, as one line of JSON.
///
/// Its width, height and lengths are there when the service gives them.
///
/// - Parameters:
///   - model: the model.
///   - index: from 0.
/// - Returns: JSON text; NULL for a wrong index.
/// - Ownership: borrowed; valid until the caller's reference to the model is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_resolution_json")
public func i2v_model_get_resolution_json(_ model: Const<i2v_model>?, _ index: Int) -> UnsafePointer<CChar>? {
    object(model, as: ModelBox.self)?.resolutionJSON(index)
}

/// Get the width of a resolution, in pixels.
///
/// - Parameters:
///   - model: the model, or NULL.
///   - index: from 0.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_resolution_width")
public func i2v_model_get_resolution_width(
    _ model: Const<i2v_model>?, _ index: Int, _ value: UnsafeMutablePointer<Int64>?
) -> Bool {
    give(object(model, as: ModelBox.self)?.resolution(index)?.json["width"]?.integer, to: value)
}

/// Get the height of a resolution, in pixels.
///
/// - Parameters:
///   - model: the model, or NULL.
///   - index: from 0.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_resolution_height")
public func i2v_model_get_resolution_height(
    _ model: Const<i2v_model>?, _ index: Int, _ value: UnsafeMutablePointer<Int64>?
) -> Bool {
    give(object(model, as: ModelBox.self)?.resolution(index)?.json["height"]?.integer, to: value)
}

/// Get the name for people of a resolution.
///
/// - Parameters:
///   - model: the model; NULL gives NULL.
///   - index: from 0.
/// - Returns: the text; NULL when the service did not say.
/// - Ownership: borrowed; valid until the caller's reference to the model is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_resolution_label")
public func i2v_model_get_resolution_label(_ model: Const<i2v_model>?, _ index: Int) -> UnsafePointer<CChar>?
{
    object(model, as: ModelBox.self)?.resolution(index)?.json["label"]?.cString
}

/// Get how many lengths a resolution lists for itself.
///
/// - Parameters:
///   - model: the model, or NULL.
///   - index: of the resolution, from 0.
/// - Returns: the number; 0 when the model's own list counts for it.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_resolution_duration_count")
public func i2v_model_get_resolution_duration_count(_ model: Const<i2v_model>?, _ index: Int) -> Int {
    object(model, as: ModelBox.self)?.resolution(index)?.durations.count ?? 0
}

/// Get a length that a resolution lists for itself.
///
/// - Parameters:
///   - model: the model, or NULL.
///   - index: of the resolution, from 0.
///   - position: of the length, from 0.
/// - Returns: seconds; 0 for a wrong index.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_resolution_duration")
public func i2v_model_get_resolution_duration(
    _ model: Const<i2v_model>?, _ index: Int, _ position: Int
) -> Int64 {
    guard let list = object(model, as: ModelBox.self)?.resolution(index)?.durations,
        list.indices.contains(position)
    else {
        return 0
    }
    return list[position]
}

/// Get the price in credits that the model as a whole names (`unit_credit`).
///
/// Whether it is meant for a clip or for each of its seconds, the service does not say.
///
/// - Parameters:
///   - model: the model, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_unit_credit")
public func i2v_model_get_unit_credit(
    _ model: Const<i2v_model>?, _ value: UnsafeMutablePointer<Double>?
) -> Bool {
    give(object(model, as: ModelBox.self)?.row["unit_credit"]?.real, to: value)
}

/// Get whether it takes reference pictures.
///
/// - Parameters:
///   - model: the model, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_supported_reference")
public func i2v_model_get_supported_reference(
    _ model: Const<i2v_model>?, _ value: UnsafeMutablePointer<Bool>?
) -> Bool {
    give(object(model, as: ModelBox.self)?.row["supportedReference"]?.bool, to: value)
}

/// Get whether its videos always have sound.
///
/// - Parameters:
///   - model: the model, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_audio_required")
public func i2v_model_get_audio_required(
    _ model: Const<i2v_model>?, _ value: UnsafeMutablePointer<Bool>?
) -> Bool {
    give(object(model, as: ModelBox.self)?.row["generate_audio"]?["required"]?.bool, to: value)
}

/// Get whether its videos have sound when a request does not say.
///
/// - Parameters:
///   - model: the model, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_audio_default")
public func i2v_model_get_audio_default(
    _ model: Const<i2v_model>?, _ value: UnsafeMutablePointer<Bool>?
) -> Bool {
    give(object(model, as: ModelBox.self)?.row["generate_audio"]?["default"]?.bool, to: value)
}

/// Get what sound costs beside the video, as a share of the price.
///
/// - Parameters:
///   - model: the model, or NULL.
///   - value: receives the value, and is left alone when there is none; may be NULL.
/// - Returns: true when the service said; false otherwise.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_audio_credit_multiplier")
public func i2v_model_get_audio_credit_multiplier(
    _ model: Const<i2v_model>?, _ value: UnsafeMutablePointer<Double>?
) -> Bool {
    give(object(model, as: ModelBox.self)?.row["generate_audio"]?["extra_credit_multiplier"]?.real, to: value)
}

/// Get how many tags it has.
///
/// - Parameters:
///   - model: the model, or NULL.
/// - Returns: the number; 0 when the service did not say.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_tag_count")
public func i2v_model_get_tag_count(_ model: Const<i2v_model>?) -> Int {
    object(model, as: ModelBox.self)?.model.tags.count ?? 0
}

/// Get one of its tags.
///
/// - Parameters:
///   - model: the model; NULL gives NULL.
///   - index: from 0.
/// - Returns: the text; NULL for a wrong index.
/// - Ownership: borrowed; valid until the caller's reference to the model is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_tag")
public func i2v_model_get_tag(_ model: Const<i2v_model>?, _ index: Int) -> UnsafePointer<CChar>? {
    object(model, as: ModelBox.self)?.tag(index)
}

/// Get how many aspect ratios it has.
///
/// - Parameters:
///   - model: the model, or NULL.
/// - Returns: the number; 0 when the service did not say.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_ratio_count")
public func i2v_model_get_ratio_count(_ model: Const<i2v_model>?) -> Int {
    object(model, as: ModelBox.self)?.model.ratios.count ?? 0
}

/// Get one of its aspect ratios.
///
/// - Parameters:
///   - model: the model; NULL gives NULL.
///   - index: from 0.
/// - Returns: the text; NULL for a wrong index.
/// - Ownership: borrowed; valid until the caller's reference to the model is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_ratio")
public func i2v_model_get_ratio(_ model: Const<i2v_model>?, _ index: Int) -> UnsafePointer<CChar>? {
    object(model, as: ModelBox.self)?.ratio(index)
}

/// Get everything the service said of the model, as one line of JSON.
///
/// - Parameters:
///   - model: the model; NULL gives NULL.
/// - Returns: JSON text.
/// - Ownership: borrowed; valid until the caller's reference to the model is released.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_model_get_json")
public func i2v_model_get_json(_ model: Const<i2v_model>?) -> UnsafePointer<CChar>? {
    object(model, as: ModelBox.self)?.json
}
