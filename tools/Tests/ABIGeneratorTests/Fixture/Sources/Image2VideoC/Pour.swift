// Section 10: Pour
// Comes after section 2, by number and not by name.
import Image2Video

/**
 * What came out of a kettle.
 */
public typealias i2v_pour = OpaquePointer

/// Take another reference.
///
/// - Parameters:
///   - pour: the pour.
/// - Returns: `pour`.
/// - Ownership: the caller releases it.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.10.0
@_cdecl("i2v_pour_retain")
public func i2v_pour_retain(_ pour: i2v_pour?) -> i2v_pour? { pour }

/// Give a reference back.
///
/// - Parameters:
///   - pour: the pour.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.10.0
@_cdecl("i2v_pour_release")
public func i2v_pour_release(_ pour: i2v_pour?) {}

/// Get when the pour was created.
///
/// - Parameters:
///   - pour: the pour.
/// - Returns: milliseconds since 1970.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.10.0
@_cdecl("i2v_pour_get_create_time")
public func i2v_pour_get_create_time(_ pour: Const<i2v_pour>?) -> Int64 { 0 }
