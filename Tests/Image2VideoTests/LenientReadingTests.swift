import Foundation
import Testing

@testable import Image2Video

/// What JavaScript's `JSON.parse` or Python's `json` reads, either of them, is read.
@Suite struct LenientReadingTests {
    private func read(_ bytes: [UInt8]) -> String? { JSON(parsing: bytes)?.text }
    private func read(_ text: String) -> String? { read(Array(text.utf8)) }

    @Test(arguments: [
        // Half a pair of surrogates, in any order.
        (#"["\ud83d"]"#, "[\"\u{fffd}\"]"), (#"["\ude00\ud83d"]"#, "[\"\u{fffd}\u{fffd}\"]"),
        (#"["\uD83D\ud83d\ude00\uDE00"]"#, "[\"\u{fffd}😀\u{fffd}\"]"), (#"["\ud83dx"]"#, "[\"\u{fffd}x\"]"),
        (#"["\ud83d\n\ude00"]"#, "[\"\u{fffd}\\n\u{fffd}\"]"), (#"{"\udbff":1}"#, "{\"\u{fffd}\":1}"),
        // Numbers that are none, or that nothing holds.
        ("[NaN,Infinity,-Infinity]", "[null,null,null]"), (#"{"a":NaN}"#, #"{"a":null}"#),
        ("[9223372036854775807]", "[9223372036854775807]"),
        ("[9223372036854775808]", #"["9223372036854775808"]"#),
        ("[-99999999999999999999]", #"["-99999999999999999999"]"#), ("[1e999999]", #"["1e999999"]"#),
        ("[-1.5E+99999999999999999999,2]", #"["-1.5E+99999999999999999999",2]"#), ("[1e-999]", "[0.0]"),
        // The last of a key that is there twice, and keys with a NUL.
        (#"{"a":1,"a":[2]}"#, #"{"a":[2]}"#), (#"{"a\u0000b":1}"#, "{\"a\u{fffd}b\":1}"),
        // Control characters, a mark in front, a scalar alone.
        ("[\"a\u{1}\n\"]", #"["a\u0001\n"]"#), ("\u{feff}{}", "{}"), ("7", "7"), ("\u{feff}\"\"", "\"\""),
    ])
    func odditiesAreRead(text: String, wanted: String) {
        #expect(read(text) == wanted)
    }

    @Test(arguments: [
        ([0x80], 1), ([0xff, 0xfe], 2), ([0xc3], 1), ([0xc0, 0xaf], 2), ([0xe2, 0x82], 1),
        ([0xf0, 0x9f, 0x98], 1),
        ([0xed, 0xa0, 0x80], 3), ([0xf4, 0x90, 0x80, 0x80], 4), ([0xf0, 0x80, 0x80], 3),
        ([0xe2, 0x28, 0xa1], -2),
    ])
    func invalidUTF8IsReplacedAsBrowsersDo(bytes: [UInt8], count: Int) {
        let read = JSON(parsing: Array("[\"".utf8) + bytes + Array("\"]".utf8))?[0]?.string
        #expect(read == (count < 0 ? "\u{fffd}(\u{fffd}" : String(repeating: "\u{fffd}", count: count)))
    }

    @Test(arguments: [
        String.Encoding.utf16BigEndian, .utf16LittleEndian, .utf32BigEndian, .utf32LittleEndian, .utf8,
    ])
    func everyEncodingIsRead(encoding: String.Encoding) throws {
        let text = #"{"_id":"ü😀","n":1}"#
        for mark in ["", "\u{feff}"] {
            let bytes = [UInt8](try #require((mark + text).data(using: encoding)))
            #expect(read(bytes) == text)
        }
    }

    @Test(arguments: [
        "", " ", "[1,]", "{\"a\"}", "[01]", "[1.]", "[.5]", "[+1]", "[1e]", "[--1]", "[-NaN]", "[nan]",
        "[NaNs]", "[1NaN]",
        "[Infinity1]", "[\"\\x41\"]", "[\"\\u12\"]", "[\"\\ud83\"]", "[\"", "[\"\\", "[\"a",
        "{99999999999999999999:1}",
        "{NaN:1}", "[9999999999999999999x]", "[099999999999999999999]", "[1 2]", "[]]", "{}{}", "['a']",
        "[1e999", "\u{feff}",
        "\u{feff}\u{feff}{}", "[\u{a0}1]", "[\"a\" \"\\ud83d\"]", "/**/{}", "undefined",
    ])
    func whatNobodyReadsIsRefused(text: String) {
        #expect(read(text) == nil)
    }

    /// Thousands of documents, mutated at random, are read as Python reads them or refused as it refuses them.
    @Test(arguments: [20_261_128, 11])
    func pythonReadsTheSame(seed: Int) throws {
        let scratch = Scratch()
        let documents = try python("make", "\(seed)", "6000")
        let lines = documents.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 6000)
        let results = lines.map { line in
            let digits = Array(line.utf8)
            let bytes = stride(from: 0, to: digits.count, by: 2).map { at in
                (digits[at].hexDigit ?? 0) << 4 | (digits[at + 1].hexDigit ?? 0)
            }
            return read(bytes) ?? "-"
        }
        try documents.write(toFile: scratch.file("documents"), atomically: false, encoding: .utf8)
        try results.joined(separator: "\n").write(
            toFile: scratch.file("read"), atomically: false, encoding: .utf8)
        let verdict = try python("judge", scratch.file("documents"), scratch.file("read"))
        #expect(verdict.hasSuffix("; 0 read differently\n"), "\(verdict)")
    }

    private func python(_ arguments: String...) throws -> String {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../json/reference.py")
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", script.path] + arguments
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    /// The work grows with the bytes: what has to be repaired at every byte is read as well.
    @Test(arguments: ["\\ud83d", "\u{1}", "\\u0000"])
    func repairsAreBounded(piece: String) {
        let text = "{\"" + String(repeating: piece, count: 300_000) + "\":1}"
        #expect(read(text)?.utf8.count ?? 0 > 300_000)
        let numbers = "[" + Array(repeating: "1e999", count: 200_000).joined(separator: ",") + "]"
        #expect(JSON(parsing: Array(numbers.utf8))?.count == 200_000)
        #expect(read("[NaN," + String(repeating: "[", count: 1_000_000)) == nil)
        #expect(read([UInt8](repeating: 0xff, count: 1_000_000)) == nil)
        #expect(read("[NaN" + String(repeating: " ", count: 1_000_000) + "]") == "[null]")
    }

    @Test func numbersBeyondAllBoundsAreReadAsTheyAreWritten() throws {
        let json = try parse(
            #"{"_id":99999999999999999999,"a":1e400,"b":"1e400","c":" 3","d":"3.0","e":"0x","f":"nan"}"#)
        #expect(json["_id"]?.id == "99999999999999999999")
        #expect(json["_id"]?.real == 1e20 && json["_id"]?.integer == nil)
        #expect(json["a"]?.string == "1e400" && json["a"]?.real == nil && json["b"]?.real == nil)
        #expect(json["d"]?.integer == 3 && json["e"]?.real == nil && json["f"]?.real == nil)
    }

    /// A hint that can be read in two ways is refused; the rest is read as leniently as an answer.
    @Test func webhooksSayThingsOnce() {
        #expect(JSON(unambiguously: Array(#"{"_id":"a","_id":"b"}"#.utf8)) == nil)
        #expect(JSON(unambiguously: Array(#"{"_id":"a","x":NaN,"_id":"b"}"#.utf8)) == nil)
        #expect(JSON(unambiguously: Array(#"{"_id":"a\u0000b"}"#.utf8)) == nil)
        #expect(
            JSON(unambiguously: Array(#"{"_id":"a","type":"\ud83d","n":NaN}"#.utf8))?["_id"]?.string == "a")
        #expect(JSON(strictlyParsing: Array(#"{"a":NaN}"#.utf8)) == nil)
        #expect(JSON(strictlyParsing: Array(#"{"a":1}"#.utf8))?["a"]?.integer == 1)
    }
}

/// Credentials that a server repeats.
@Suite struct HidingTests {
    private static let secret = "0123-secret/45\"67"

    @Test(arguments: [
        #"{"a":"x 0123-secret/45\"67 y"}"#, #"{"a":"0123-secret\/45\u002267"}"#,
        #"{"a":"\u0030123-secret/45\"67\ud83d","b":NaN}"#,
        #"{"a":["b",{"c":"0123-secret/45\"670123-secret/45\"67"}]}"#,
    ])
    func secretsAreHiddenInEverySpelling(text: String) throws {
        let json = try #require(JSON(parsing: Array(text.utf8), hiding: ["", "other", Self.secret]))
        #expect(json.text.contains(String(repeating: "*", count: Self.secret.utf8.count)))
        #expect(!json.text.contains("secret"))
    }

    @Test func secretsAreHiddenInEveryEncoding() throws {
        let text = #"{"a":"0123-secret/4567"}"#
        for encoding: String.Encoding in [.utf16, .utf32LittleEndian, .utf16BigEndian] {
            let bytes = [UInt8](try #require(text.data(using: encoding)))
            #expect(JSON(parsing: bytes, hiding: ["0123-secret/4567"])?.text == #"{"a":"****************"}"#)
        }
    }

    /// Names, numbers, and whatever a short key is part of by accident stay as they are.
    @Test(arguments: [
        "7", "cdn", "test", "result", "status", "123456789012345", "1234567890123456", "deduction_credit",
    ])
    func whatIsNoSecretStays(key: String) throws {
        let text =
            #"{"code":1000,"data":{"result":[{"_id":"test-7","status":3,"video_url":"https://cdn/7.mp4","uid":1234567890123456,"deduction_credit":7}]}}"#
        #expect(JSON(parsing: Array(text.utf8), hiding: [key])?.text == text)
    }
}
