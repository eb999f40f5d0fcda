// Section 1: Library
// Which version this is.
import Image2Video

/// Version of the library that this header belongs to.
public let I2V_VERSION: StaticString = "0.1.0"

/// The same as one number, 10000 * major + 100 * minor + patch, for the preprocessor.
public let I2V_VERSION_NUMBER: Int32 = 100

/// Get the version of the library that is loaded, as `"major.minor.patch"`.
///
/// Compare with `I2V_VERSION`, which is the version of the header the program was compiled with.
///
/// - Returns: the version; never NULL.
/// - Ownership: static text; do not free it.
/// - Threads: any thread.
/// - Callbacks: may be called from callbacks.
/// - Since: 0.1.0
@_cdecl("i2v_library_get_version")
public func i2v_library_get_version() -> UnsafePointer<CChar>? {
    staticText(I2V_VERSION)
}
