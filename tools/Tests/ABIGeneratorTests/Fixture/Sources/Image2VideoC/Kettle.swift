// Section 2: Kettle
// Boils water. Pass NULL as `i2v_status *status` to do without.
import Image2Video

/// A kettle.
public typealias i2v_kettle = OpaquePointer

/// How a kettle whistles.
///
/// Told apart by ear alone.
/// - Values: Kettle.Whistle I2V_WHISTLE_
public typealias i2v_whistle = Int32

/// Told when `theKettle` whistles.
///
/// - Parameters:
///   - theKettle: the kettle, borrowed.
///   - whistle: how.
///   - note: the note, as text.
///   - userData: as it was given.
public typealias i2v_whistle_fn =
    @convention(c) (
        _ theKettle: i2v_kettle?, _ whistle: i2v_whistle, _ note: UnsafePointer<CChar>?,
        _ userData: UnsafeMutableRawPointer?
    ) -> Bool

/// Largest amount of water, in millilitres.
public let I2V_KETTLE_MAX: Int32 = 1_700
/// Lowest temperature.
public let I2V_KETTLE_MIN: Int32 = -40
/// A number that needs 64 bits.
public let I2V_KETTLE_BIG: Int64 = 0x1_0000_0000

/// Create a kettle.
///
/// - Returns: the kettle.
/// - Ownership: the caller destroys it with `i2v_kettle_destroy`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_kettle_create")
public func i2v_kettle_create() -> i2v_kettle? { nil }

/// Destroy a kettle.
///
/// - Parameter kettle: the kettle; `nil` is harmless.
/// - Threads: any thread.
/// - Callbacks: must not be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_kettle_destroy")
public func i2v_kettle_destroy(_ kettle: i2v_kettle?) {}

/// Fill a kettle with water, or with several kinds of water at once.
///
/// Default 1000 ml. The limits of `amountMl` are `I2V_KETTLE_MIN` and `I2V_KETTLE_MAX`; see `amountMl`
/// again for its unit, and 50 % or <none> of a \path #1 to try some characters.
///
/// Reported kinds:
/// - spring water
/// - tap water
///
/// - Parameters:
///   - kettle: the kettle.
///   - amountMl: how much, from 1 to `I2V_KETTLE_MAX`, and then a great many words so that this text
///     needs another line.
///   - kinds: `count` names.
///   - count: number of `kinds`.
///   - onWhistle: called when it boils; may be NULL.
///   - userData: given to `onWhistle`.
///   - pour: receives a new pour.
///   - note: receives a text.
/// - Returns: `I2V_OK`; otherwise
///   - `I2V_ERROR_TOO_HOT` when it is too hot.
/// - Ownership: the caller releases `*pour`.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.2
@_cdecl("i2v_kettle_fill")
public func i2v_kettle_fill(
    _ kettle: i2v_kettle?, _ amountMl: Int64, _ kinds: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int,
    _ onWhistle: i2v_whistle_fn?, _ userData: UnsafeMutableRawPointer?,
    _ pour: UnsafeMutablePointer<i2v_pour?>?, _ note: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> i2v_status { 0 }

/// Return every scalar in turn.
///
/// - Parameters:
///   - kettle: the kettle.
///   - a: a.
///   - b: b.
///   - c: c.
///   - d: d.
///   - e: e.
///   - bytes: bytes.
///   - buffer: a buffer.
///   - data: data.
///   - status: a status.
/// - Returns: how much.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.2.0
@_cdecl("i2v_kettle_get_scalars")
public func i2v_kettle_get_scalars(
    _ kettle: Const<i2v_kettle>?, _ a: UInt32, _ b: UInt64, _ c: Double, _ d: Bool,
    _ e: UnsafeMutablePointer<Int64>?, _ bytes: UnsafePointer<UInt8>?, _ buffer: UnsafeMutablePointer<CChar>?,
    _ data: UnsafeRawPointer?, _ status: UnsafeMutablePointer<i2v_status>?
) -> Int { 0 }

/// Not exported, so nothing of it is checked.
func helper() {}
