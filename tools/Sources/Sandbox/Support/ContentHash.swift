import Foundation

/// A short name for some bytes, so that equal pictures are stored and rendered once. It guards against
/// accidents, not against an attacker, hence FNV-1a.
enum ContentHash {
    static func hex(_ data: Data) -> String {
        var hash = seed
        data.withUnsafeBytes { bytes in
            // Words, not bytes: a picture has millions of them, and this also runs in debug builds.
            let words = bytes.count / 8
            for index in 0..<words {
                mix(bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self), into: &hash)
            }
            for index in (words * 8)..<bytes.count { mix(UInt64(bytes[index]), into: &hash) }
            mix(UInt64(bytes.count), into: &hash)
        }
        return hex(hash)
    }

    static func hex(_ text: String) -> String { hex(value(text)) }

    static func value(_ text: String) -> UInt64 {
        var hash = seed
        for byte in text.utf8 { mix(UInt64(byte), into: &hash) }
        return hash
    }

    private static let seed: UInt64 = 0xcbf2_9ce4_8422_2325

    private static func mix(_ word: UInt64, into hash: inout UInt64) {
        hash = (hash ^ word) &* 0x100_0000_01b3
        // Multiplication only carries upwards; without this, high bits of a word would never reach low ones.
        hash ^= hash >> 29
    }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
