/// JSON text inside a row that parsers disagree on or reject.
struct OddValue: Sendable {
    private let form: Form
    private let field: String?

    private enum Form: Sendable {
        /// Appended to a text.
        case inText([UInt8])
        /// Replaces a value.
        case value([UInt8])
        case row(@Sendable (_ members: [String: JSON], _ field: String?) -> [UInt8])
    }

    static var names: [String] { forms.keys.sorted() }

    init?(named name: String, field: String?) {
        guard let form = Self.forms[name] else { return nil }
        self.form = form
        self.field = field
    }

    func applied(to row: JSON) -> JSON {
        guard var members = row.object else { return row }
        func place(_ usual: [String], otherwise name: String) -> String {
            field ?? usual.first { members[$0] != nil } ?? name
        }
        switch form {
        case .inText(let bytes):
            let name = place(["file_name", "name", "label"], otherwise: "note")
            let old = members[name] ?? ""
            let text = old.array == nil && old.object == nil ? old.encoded() : []
            let inside = text.first == UInt8(ascii: "\"") ? Array(text.dropFirst().dropLast()) : text
            members[name] = .raw([UInt8(ascii: "\"")] + inside + bytes + [UInt8(ascii: "\"")])
        case .value(let bytes):
            members[place(["deduction_credit", "credit", "sort"], otherwise: "number")] = .raw(bytes)
        case .row(let write):
            return .raw(write(members, field))
        }
        return .object(members)
    }

    private static let forms: [String: Form] = {
        let inText: [String: [UInt8]] = escapes.mapValues { Array($0.utf8) }.merging(bytes) { one, _ in one }
        let all = inText.mapValues(Form.inText).merging(
            values.mapValues { .value(Array($0.utf8)) }, uniquingKeysWith: { one, _ in one })
        return all.merging(rows.mapValues(Form.row)) { one, _ in one }
    }()

    private static let escapes = [
        "high_surrogate": #"\ud83d"#,
        "low_surrogate": #"\ude00"#,
        "swapped_surrogates": #"\uDE00\uD83D"#,
        "two_high_surrogates": #"\ud83d\ud83d"#,
        "high_before_pair": #"\ud83d\ud83d\ude00"#,
        "split_surrogates": #"\ud83d \ude00"#,
        "high_before_escape": #"\ud83d\n"#,
        "high_before_letter": #"\ud83d\u0041"#,
        "escaped_nul": #"\u0000"#,
        "noncharacters": #"\uffff\ufffe\ufdd0"#,
        "unknown_escape": #"\q"#,
        "hex_escape": #"\x41"#,
        "short_escape": #"\u12"#,
    ]

    private static let bytes: [String: [UInt8]] = [
        "lone_continuation": [0x80],
        "overlong": [0xc0, 0xaf],
        "overlong_of_three": [0xe0, 0x80, 0xaf],
        "cesu": [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
        "surrogate_bytes": [0xed, 0xa0, 0xbd],
        "cut_utf8": [0xf0, 0x9f, 0x98],
        "cut_utf8_inside": [0xe2, 0x82, UInt8(ascii: "x")],
        "beyond_unicode": [0xf4, 0x90, 0x80, 0x80],
        "no_utf8_at_all": [0xff, 0xfe],
        "latin1": [0xe9],
        "bom_inside": [0xef, 0xbb, 0xbf],
        "line_separators": [0xe2, 0x80, 0xa8, 0xe2, 0x80, 0xa9],
        "raw_nul": [0x00],
        "raw_control": [0x01, 0x1f],
        "raw_newline": [0x0a],
        "raw_tab": [0x09],
    ]

    private static let values = [
        "nan": "NaN",
        "infinity": "Infinity",
        "minus_infinity": "-Infinity",
        "int64_and_one": "9223372036854775808",
        "uint64_and_one": "18446744073709551616",
        "minus_big": "-9223372036854775809",
        "digits": String(repeating: "9", count: 400),
        "big_real": "1e999",
        "minus_big_real": "-1e999",
        "small_real": "1e-999",
        "endless_exponent": "1e99999999999999999999",
        "long_real": "0." + String(repeating: "3", count: 400),
        "minus_zero": "-0",
        "leading_zero": "007",
        "plus": "+1",
        "bare_point": "1.",
        "hex": "0x10",
        "undefined": "undefined",
        "nothing": "",
        "deep": String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000),
    ]

    /// Whole rows. Of a doubled key, the last value is the true one.
    private static let rows: [String: @Sendable ([String: JSON], String?) -> [UInt8]] = [
        "key_twice": { members, field in
            let wrong = members.filter { field == nil || $0.key == field }.mapValues { _ in JSON("wrong") }
            return joined([inside(wrong), inside(members)])
        },
        // The names are equal once the escape is decoded.
        "key_twice_escaped": { members, field in
            let wrong = members.keys.sorted().filter { field == nil || $0 == field }.map { name in
                Array("\"\\u\(hex(name.utf16.first ?? 0))".utf8)
                    + inside([String(name.dropFirst()): "wrong"]).dropFirst()
            }
            return joined(wrong + [inside(members)])
        },
        "cut": { members, _ in
            let whole = JSON.object(members).encoded()
            return Array(whole.prefix(whole.count / 2))
        },
        "trailing_comma": { members, _ in Array("{".utf8) + inside(members) + Array(",}".utf8) },
        "comment": { members, _ in Array("/* row */".utf8) + JSON.object(members).encoded() },
        "single_quotes": { members, _ in
            JSON.object(members).encoded().map { $0 == UInt8(ascii: "\"") ? UInt8(ascii: "'") : $0 }
        },
    ]

    /// An object's text without its braces.
    private static func inside(_ members: [String: JSON]) -> [UInt8] {
        Array(JSON.object(members).encoded().dropFirst().dropLast())
    }

    private static func joined(_ parts: [[UInt8]]) -> [UInt8] {
        Array("{".utf8) + parts.filter { !$0.isEmpty }.joined(separator: Array(",".utf8)) + Array("}".utf8)
    }

    private static func hex(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
