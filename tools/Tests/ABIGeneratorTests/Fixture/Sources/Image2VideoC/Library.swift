// Section 1: Library
import Image2Video

/// Version of the header.
public let I2V_VERSION: StaticString = "0.2.0"

/// Outcome of a call.
/// - Values: Status I2V_ERROR_
public typealias i2v_status = Int32

/// Get the version of the library.
///
/// - Returns: the version.
/// - Ownership: static text.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_library_get_version")
public func i2v_library_get_version() -> UnsafePointer<CChar>? { nil }
