import Testing

@testable import Image2Video

/// What is read of an answer before anybody looks at its JSON.
@Suite struct AnswerTests {
    // zlib made these.
    static let text = """
        {"code":1000,"data":{"_id":"video-1","text":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"}}
        """
    static let compressed = [
        "1f8b0800000000000403015c01a3fe7b22636f6465223a313030302c2264617461223a7b225f6964223a22766964656f"
            + "2d31222c2274657874223a22636363636363636363636363636363636363636363636363636363636363636363636363"
            + "636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363"
            + "636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363"
            + "636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363"
            + "636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363"
            + "636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363636363"
            + "636363636363636363636363636363636363636363636363227d7d993529b65c010000",
        "1f8b0800000000000203ab564ace4f4955b232343030d0514a492c4954b2aa568acf4c51b2522acb4c49cdd73554d251"
            + "2a49ad28010a248f02a281526d2d00993529b65c010000",
        "1f8b0800000000000203ab564ace4f4955b232343030d0514a492c4954b2aa568acf4c51b2522acb4c49cdd73554d251"
            + "2a49ad28010a248f02a281526d2d00993529b65c010000",
        "789cab564ace4f4955b232343030d0514a492c4954b2aa568acf4c51b2522acb4c49cdd73554d2512a49ad28010a248f"
            + "02a281526d2d0032fa8229",
        "1f8b0800000000000203ab564ace4f4955b232343030d0514a492c4954b2aa568acf4c51b2522acb4c49cdd73554d251"
            + "2a49ad2851b2524a1e054403a5da5a00993529b65c010000",
        "1f8b08088ff70a6b02ff6e616d652e6a736f6e00ab564ace4f4955b232343030d0514a492c4954b2aa568acf4c51b252"
            + "2acb4c49cdd73554d2512a49ad28010a248f02a281526d2d00993529b65c010000",
    ]

    @Test(arguments: compressed) func bodiesAreExpandedByTheirBytes(_ hex: String) {
        let body = Self.bytes(hex)
        let text = Array(Self.text.utf8)
        #expect(Inflate.plain(body, limit: text.count) == text)
        #expect(Inflate.plain(body, limit: text.count - 1) == nil)
        // As much as there is of one that is cut.
        for count in 20..<body.count {
            let part = Inflate.plain(Array(body[..<count]), limit: 1000) ?? []
            #expect(text.starts(with: part) || part == Array(body[..<count]))
        }
    }

    @Test func whatIsNotCompressedStaysAsItIs() {
        for text in ["", "{", "{}", "[1]", "x", "<html>", "\u{FEFF}{}", "8", "\u{1F}"] {
            #expect(Inflate.plain(Array(text.utf8), limit: 0) == Array(text.utf8))
        }
    }

    /// Whatever is damaged in a body, nothing traps and nothing grows beyond its bound.
    @Test(arguments: compressed) func damagedBodiesDoNoHarm(_ hex: String) {
        var jitter = Jitter(seed: 7)
        let body = Self.bytes(hex)
        for _ in 0..<3000 {
            var damaged = body
            for _ in 0..<(1 + Int(jitter.unit() * 4)) {
                damaged[Int(jitter.unit() * Double(damaged.count - 1))] = UInt8(jitter.unit() * 255)
            }
            #expect((Inflate.plain(damaged, limit: 4000) ?? []).count <= 4000)
        }
    }

    @Test(arguments: [
        ("0", 0), ("1", 1), ("120", 120), ("86400", 86_400), ("86401", 86_400),
        ("99999999999999999999", 86_400), ("9223372036854775808", 86_400), ("18446744073709551616", 86_400),
        ("", 0), ("-5", 0), ("soon", 0), ("7, 7", 7), ("1.5", 1), ("Fri, 31 Dec 2199 23:59:59 GMT", 86_400),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
    ]) func retryAfterIsReadWhateverItsSize(_ header: String, _ seconds: Int64) {
        #expect(Answer.delay(header) == seconds * 1000)
    }

    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex.utf8).map { $0 <= 0x39 ? $0 - 0x30 : $0 - 0x57 }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
