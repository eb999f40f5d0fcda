import Foundation
import Hummingbird

/// An answer of the service in a form meant to hurt whoever reads it.
enum HostileJSON: String, Sendable, CaseIterable {
    /// `data` is an array in an array, and so on, a hundred thousand times.
    case deep
    /// Every number in `data` is 1e999 or has 400 digits.
    case hugeNumber = "huge_number"
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

    func response(over reply: Reply) -> Response {
        var envelope: [String: JSON] = ["code": 1000, "msg": "OK", "data": [:]]
        if case .json(let value, _) = reply, let members = value.object { envelope = members }
        return Response(
            status: .ok, headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes(envelope))))
    }

    private func bytes(_ envelope: [String: JSON]) -> Data {
        switch self {
        case .deep:
            let depth = 100_000
            let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            return Self.spliced(envelope, setting: "data", to: Data(text.utf8))
        case .hugeNumber:
            let numbers = (envelope["data"] ?? [:]).numbersReplaced
            let data = numbers == [:] ? ["number": .string("#one#")] : numbers
            let whole = Self.encoded(envelope, setting: "data", to: data)
            return Self.replacing(
                "\"#one#\"", by: Data("1e999".utf8),
                in: Self.replacing(
                    "\"#two#\"", by: Data(String(repeating: "9", count: 400).utf8), in: whole))
        case .duplicateKeys:
            let first = Data(#"{"code":1000,"#.utf8)
            let last = Data(#","code":1009}"#.utf8)
            var others = envelope
            others["code"] = nil
            return first + JSON.object(others).encoded().dropFirst().dropLast() + last
        case .invalidUTF8:
            let text =
                Data("\"OK ".utf8) + Data([0xff, 0xfe, 0xc3, 0x28, 0xed, 0xa0, 0x80]) + Data("\"".utf8)
            return Self.spliced(envelope, setting: "msg", to: text)
        case .truncated:
            let whole = JSON.object(envelope).encoded()
            return whole.prefix(whole.count / 2)
        case .nul:
            return JSON.object(envelope).textsWithNul.encoded()
        case .hugeString:
            let text = String(repeating: "x", count: 16 << 20)
            return Self.spliced(envelope, setting: "msg", to: Data("\"\(text)\"".utf8))
        case .wrongTypes:
            let strangers: [JSON] = ["text", 7, .null, [], true]
            let edited = RowEdit.rows(of: .json(.object(envelope))) { rows in rows.isEmpty ? rows : strangers
            }
            guard case .json(let value, _) = edited else { return Data() }
            let isRow = value["data"] == strangers.first
            return isRow ? Self.encoded(envelope, setting: "data", to: 7) : value.encoded()
        }
    }

    private static func encoded(_ envelope: [String: JSON], setting name: String, to value: JSON) -> Data {
        var envelope = envelope
        envelope[name] = value
        return JSON.object(envelope).encoded()
    }

    /// Sets a member to something that no JSON value can hold.
    private static func spliced(_ envelope: [String: JSON], setting name: String, to bytes: Data) -> Data {
        replacing("\"#here#\"", by: bytes, in: encoded(envelope, setting: name, to: "#here#"))
    }

    private static func replacing(_ mark: String, by bytes: Data, in whole: Data) -> Data {
        var result = Data()
        var rest = whole[...]
        while let place = rest.range(of: Data(mark.utf8)) {
            result += rest[..<place.lowerBound] + bytes
            rest = rest[place.upperBound...]
        }
        return result + rest
    }
}

extension JSON {
    /// Marks in place of all numbers, by turns of two kinds.
    fileprivate var numbersReplaced: JSON {
        switch self {
        case .int(let value): .string(value.isMultiple(of: 2) ? "#two#" : "#one#")
        case .double: .string("#one#")
        case .array(let items): .array(items.map(\.numbersReplaced))
        case .object(let members): .object(members.mapValues(\.numbersReplaced))
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
