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

/// Texts made for C on demand, each once, valid as long as their owner.
public final class TextCache: @unchecked Sendable {
    private let lock = Lock()
    private var texts: [String: CText] = [:]

    public init() {}

    public func get(_ name: String, _ make: () -> String) -> UnsafePointer<CChar> {
        lock.withLock {
            if let known = texts[name] { return known.pointer }
            let text = CText(make())
            texts[name] = text
            return text.pointer
        }
    }
}
