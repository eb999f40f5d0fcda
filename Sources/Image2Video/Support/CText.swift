import CSystem

/// A copy of a text that C may hold a pointer to, for as long as this object lives.
public final class CText: @unchecked Sendable {
    public let pointer: UnsafePointer<CChar>

    public init(_ text: String) {
        let bytes = Array(text.utf8)
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
        for (index, byte) in bytes.enumerated() { copy[index] = CChar(bitPattern: byte) }
        copy[bytes.count] = 0
        pointer = UnsafePointer(copy)
    }

    deinit {
        pointer.deallocate()
    }
}
