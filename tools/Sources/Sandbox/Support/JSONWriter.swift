/// Writes values as JSON, members sorted by name. Foundation's encoder cannot be used, as it refuses to write
/// invalid JSON, which odd answers need.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ value: JSON) {
        switch value {
        case .null: bytes += "null".utf8
        case .bool(let flag): bytes += (flag ? "true" : "false").utf8
        case .int(let number): bytes += String(number).utf8
        case .double(let number): bytes += Self.text(of: number).utf8
        case .string(let text): write(text: text)
        case .raw(let given): bytes += given
        case .array(let items):
            bytes.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(item)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(text: member.key)
                bytes.append(UInt8(ascii: ":"))
                write(member.value)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private mutating func write(text: String) {
        bytes.append(UInt8(ascii: "\""))
        write(escaped: text)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes a text without its quotes.
    mutating func write(escaped text: String) {
        let (quote, backslash) = (UInt8(ascii: "\""), UInt8(ascii: "\\"))
        var text = text
        text.withUTF8 { buffer in
            // In runs, as appending byte by byte is slow in a debug build.
            var (start, index) = (0, 0)
            while index < buffer.count {
                let byte = buffer[index]
                if byte < 32 || byte == quote || byte == backslash {
                    bytes.append(contentsOf: buffer[start..<index])
                    if byte < 32 { write(unit: UInt16(byte)) } else { bytes += [backslash, byte] }
                    start = index + 1
                }
                index += 1
            }
            bytes.append(contentsOf: buffer[start...])
        }
    }

    /// Writes UTF-16 units without quotes; an unpaired surrogate becomes an escape.
    mutating func write(escaped units: [UInt16]) {
        var rest = units[...]
        while let unit = rest.first {
            let isPair =
                rest.count > 1 && UTF16.isLeadSurrogate(unit)
                && UTF16.isTrailSurrogate(rest[rest.startIndex + 1])
            if !isPair, UTF16.isSurrogate(unit) {
                write(unit: unit)
                rest = rest.dropFirst()
            } else {
                write(escaped: String(decoding: rest.prefix(isPair ? 2 : 1), as: UTF16.self))
                rest = rest.dropFirst(isPair ? 2 : 1)
            }
        }
    }

    private mutating func write(unit: UInt16) {
        let digits = String(unit, radix: 16)
        bytes += ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8
    }

    private static func text(of number: Double) -> String {
        Int(exactly: number).map(String.init) ?? "\(number)"
    }
}

extension JSON {
    func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.write(self)
        return writer.bytes
    }

    /// JSON text for messages.
    var text: String { String(decoding: encoded(), as: UTF8.self) }

    /// A text of UTF-16 units, which may contain unpaired surrogates.
    static func text(utf16 units: [UInt16]) -> JSON {
        let whole = String(decoding: units, as: UTF16.self)
        if whole.utf16.elementsEqual(units) { return .string(whole) }
        var writer = JSONWriter()
        writer.write(escaped: units)
        return .raw([UInt8(ascii: "\"")] + writer.bytes + [UInt8(ascii: "\"")])
    }
}
