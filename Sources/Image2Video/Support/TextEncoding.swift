/// Texts of any of Unicode's encodings as valid UTF-8, with U+FFFD for what is none.
enum TextEncoding {
    private enum Kind {
        case utf8
        case utf16(isBigEndian: Bool)
        case utf32(isBigEndian: Bool)
    }

    /// A JSON document's text without its byte order mark. Without one the encoding shows in where the zeros are of its
    /// first bytes, since a document begins with ASCII: the rule of Python's `json.detect_encoding`.
    static func utf8(of bytes: [UInt8]) -> [UInt8] {
        let (kind, mark) = detect(bytes)
        let rest = bytes[mark...]
        switch kind {
        case .utf8: return repaired(rest)
        case .utf16(let isBigEndian): return fromUTF16(rest, isBigEndian)
        case .utf32(let isBigEndian): return fromUTF32(rest, isBigEndian)
        }
    }

    private static func detect(_ bytes: [UInt8]) -> (Kind, mark: Int) {
        if bytes.starts(with: [0, 0, 0xfe, 0xff]) { return (.utf32(isBigEndian: true), 4) }
        if bytes.starts(with: [0xff, 0xfe, 0, 0]) { return (.utf32(isBigEndian: false), 4) }
        if bytes.starts(with: [0xfe, 0xff]) { return (.utf16(isBigEndian: true), 2) }
        if bytes.starts(with: [0xff, 0xfe]) { return (.utf16(isBigEndian: false), 2) }
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { return (.utf8, 3) }
        if bytes.count >= 4 {
            if bytes[0] == 0 {
                return (bytes[1] == 0 ? .utf32(isBigEndian: true) : .utf16(isBigEndian: true), 0)
            }
            if bytes[1] == 0 {
                let isShort = bytes[2] != 0 || bytes[3] != 0
                return (isShort ? .utf16(isBigEndian: false) : .utf32(isBigEndian: false), 0)
            }
        } else if bytes.count == 2 {
            if bytes[0] == 0 { return (.utf16(isBigEndian: true), 0) }
            if bytes[1] == 0 { return (.utf16(isBigEndian: false), 0) }
        }
        return (.utf8, 0)
    }

    // MARK: UTF-8

    /// One U+FFFD for each longest beginning of a character that was broken off, as the WHATWG's decoder has it.
    private static func repaired(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let first = bytes[index]
            if first < 0x80 {
                output.append(first)
                index += 1
                continue
            }
            let (length, second) = sequence(first)
            var end = index + 1
            if end < bytes.endIndex, length > 1, second.contains(bytes[end]) {
                end += 1
                while end < bytes.endIndex, end < index + length, bytes[end] & 0xc0 == 0x80 { end += 1 }
            }
            if length > 1, end == index + length {
                output += bytes[index..<end]
            } else {
                output.appendReplacement()
            }
            index = end
        }
        return output
    }

    /// How long the character is that begins so, and what may follow first; a length of 1 for what begins none.
    private static func sequence(_ first: UInt8) -> (length: Int, second: ClosedRange<UInt8>) {
        switch first {
        case 0xc2...0xdf: return (2, 0x80...0xbf)
        case 0xe0: return (3, 0xa0...0xbf)
        case 0xed: return (3, 0x80...0x9f)
        case 0xe1...0xef: return (3, 0x80...0xbf)
        case 0xf0: return (4, 0x90...0xbf)
        case 0xf1...0xf3: return (4, 0x80...0xbf)
        case 0xf4: return (4, 0x80...0x8f)
        default: return (1, 0x80...0xbf)
        }
    }

    // MARK: UTF-16 and UTF-32

    private static func fromUTF16(_ bytes: ArraySlice<UInt8>, _ isBigEndian: Bool) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while let unit = number(bytes, index, 2, isBigEndian) {
            index += 2
            if (0xd800..<0xdc00).contains(unit), let low = number(bytes, index, 2, isBigEndian),
                (0xdc00..<0xe000).contains(low)
            {
                index += 2
                append(0x10000 + ((unit & 0x3ff) << 10 | (low & 0x3ff)), to: &output)
            } else {
                append(unit, to: &output)
            }
        }
        if index < bytes.endIndex { output.appendReplacement() }
        return output
    }

    private static func fromUTF32(_ bytes: ArraySlice<UInt8>, _ isBigEndian: Bool) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count / 2)
        var index = bytes.startIndex
        while let scalar = number(bytes, index, 4, isBigEndian) {
            append(scalar, to: &output)
            index += 4
        }
        if index < bytes.endIndex { output.appendReplacement() }
        return output
    }

    private static func number(_ bytes: ArraySlice<UInt8>, _ start: Int, _ size: Int, _ isBigEndian: Bool)
        -> UInt32?
    {
        guard start + size <= bytes.endIndex else { return nil }
        var value: UInt32 = 0
        for offset in 0..<size {
            value = value << 8 | UInt32(bytes[isBigEndian ? start + offset : start + size - 1 - offset])
        }
        return value
    }

    private static func append(_ value: UInt32, to output: inout [UInt8]) {
        if let scalar = Unicode.Scalar(value) { output += scalar.utf8 } else { output.appendReplacement() }
    }
}

extension [UInt8] {
    /// U+FFFD.
    mutating func appendReplacement() {
        append(0xef)
        append(0xbf)
        append(0xbd)
    }
}

extension UInt8 {
    /// Its value as a hexadecimal digit; nil when it is none.
    var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): return self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): return self - UInt8(ascii: "A") + 10
        default: return nil
        }
    }
}
