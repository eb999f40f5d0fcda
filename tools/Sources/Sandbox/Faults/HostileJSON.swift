import Hummingbird

/// A whole answer of the service in a form meant to hurt whoever reads it.
enum HostileJSON: String, Sendable, CaseIterable {
    /// `data` is an array in an array, and so on, a hundred thousand times.
    case deep
    /// Every number in `data` is 1e999 or has 400 digits.
    case hugeNumber = "huge_number"
    /// Every number in `data` is NaN, Infinity or -Infinity.
    case nan
    /// Success in front, a refusal behind.
    case duplicateKeys = "duplicate_keys"
    /// `msg` holds bytes that are no text.
    case invalidUTF8 = "invalid_utf8"
    /// The first half.
    case truncated
    /// Every text has a NUL in it.
    case nul
    /// `msg` has 16 MiB.
    case hugeString = "huge_string"
    /// The rows are texts, numbers and such; a `data` that is a row is a number.
    case wrongTypes = "wrong_types"
    /// A byte order mark in front.
    case bom
    /// UTF-16 with a byte order mark.
    case utf16
    case utf16LittleEndian = "utf16le"
    case utf16BigEndian = "utf16be"
    /// UTF-32 with a byte order mark.
    case utf32
    /// A byte 0 behind, as of a text in C.
    case trailingNUL = "trailing_nul"
    /// The answer twice, one behind the other.
    case twoDocuments = "two_documents"

    func response(over reply: Reply) -> Response {
        var envelope: [String: JSON] = ["code": 1000, "msg": "OK", "data": [:]]
        if case .json(let value, _) = reply, let members = value.object { envelope = members }
        return Reply.json(.raw(bytes(envelope))).response()
    }

    private func bytes(_ envelope: [String: JSON]) -> [UInt8] {
        let whole = JSON.object(envelope).encoded()
        func with(_ name: String, _ value: JSON) -> [UInt8] {
            JSON.object(envelope.merging([name: value]) { _, new in new }).encoded()
        }
        switch self {
        case .deep:
            let depth = 100_000
            return with(
                "data", .raw(String(repeating: "[", count: depth) + String(repeating: "]", count: depth)))
        case .hugeNumber:
            return with("data", data(envelope, numbers: ["1e999", String(repeating: "9", count: 400)]))
        case .nan: return with("data", data(envelope, numbers: ["NaN", "Infinity", "-Infinity"]))
        case .duplicateKeys:
            var others = envelope
            others["code"] = nil
            let inner = JSON.object(others).encoded().dropFirst().dropLast()
            return Array(#"{"code":1000,"#.utf8) + inner + Array(#","code":1009}"#.utf8)
        case .invalidUTF8:
            let stray: [UInt8] = [0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80]
            return with("msg", .raw(Array("\"OK ".utf8) + stray + Array("\"".utf8)))
        case .truncated: return Array(whole.prefix(whole.count / 2))
        case .nul: return JSON.object(envelope).textsWithNul.encoded()
        case .hugeString: return with("msg", .string(String(repeating: "x", count: 16 << 20)))
        case .wrongTypes:
            let strangers: [JSON] = ["text", 7, .null, [], true]
            let edited = RowEdit.rows(of: .json(.object(envelope))) { $0.isEmpty ? $0 : strangers }
            guard case .json(let value, _) = edited else { return whole }
            let isRow = envelope["data"]?.array == nil && value["data"]?.array != nil
            return isRow ? with("data", 7) : value.encoded()
        case .bom: return [0xef, 0xbb, 0xbf] + whole
        case .utf16: return units("\u{feff}", whole, { $0.utf16 }, \.littleEndian)
        case .utf16LittleEndian: return units("", whole, { $0.utf16 }, \.littleEndian)
        case .utf16BigEndian: return units("", whole, { $0.utf16 }, \.bigEndian)
        case .utf32:
            return units("\u{feff}", whole, { $0.unicodeScalars.map(\.value) }, \.littleEndian)
        case .trailingNUL: return whole + [0]
        case .twoDocuments: return whole + whole
        }
    }

    /// `data` with others in place of its numbers, by turns.
    private func data(_ envelope: [String: JSON], numbers: [String]) -> JSON {
        let data = envelope["data"] ?? [:]
        if data == [:] { return ["number": .raw(numbers[0])] }
        var turn = 0
        return data.mappingNumbers { _ in
            turn += 1
            return .raw(numbers[turn % numbers.count])
        }
    }

    /// A text in another encoding than UTF-8.
    private func units<Units: Sequence>(
        _ mark: String, _ text: [UInt8], _ units: (String) -> Units,
        _ order: (Units.Element) -> Units.Element
    ) -> [UInt8] where Units.Element: FixedWidthInteger {
        units(mark + String(decoding: text, as: UTF8.self)).flatMap { unit in
            withUnsafeBytes(of: order(unit)) { Array($0) }
        }
    }
}

extension JSON {
    fileprivate func mappingNumbers(_ change: (JSON) -> JSON) -> JSON {
        switch self {
        case .int, .double: change(self)
        case .array(let items): .array(items.map { $0.mappingNumbers(change) })
        // In an order, so that turns are the same each time.
        case .object(let members):
            .object(
                Dictionary(
                    members.sorted { $0.key < $1.key }.map { ($0.key, $0.value.mappingNumbers(change)) },
                    uniquingKeysWith: { _, last in last }))
        default: self
        }
    }

    fileprivate var textsWithNul: JSON {
        switch self {
        case .string(let text): .string(text + "\0tail")
        case .array(let items): .array(items.map(\.textsWithNul))
        case .object(let members): .object(members.mapValues(\.textsWithNul))
        default: self
        }
    }
}
