import Foundation
import Testing

@testable import Image2Video

@Suite struct JSONTests {
    @Test func readersGiveNilForOtherKinds() throws {
        let json = try parse(#"{"t":"x","i":7,"r":1.5,"b":true,"n":null,"a":[1],"o":{}}"#)
        #expect(json["t"]?.string == "x")
        #expect(json["i"]?.string == nil)
        #expect(json["i"]?.integer == 7)
        #expect(json["r"]?.integer == nil)
        #expect(json["r"]?.real == 1.5)
        #expect(json["b"]?.bool == true)
        #expect(json["t"]?.bool == nil)
        #expect(json["n"]?.isNull == true)
        #expect(json["missing"] == nil)
        #expect(json["a"]?.elements?.count == 1)
        #expect(json["a"]?[5] == nil)
        #expect(json["a"]?[-1] == nil)
        #expect(json["o"]?["x"] == nil)
        #expect(json["t"]?["x"] == nil)
    }

    @Test func numbersMayBeTextOrWholeReals() throws {
        let json = try parse(#"{"a":"12","b":12.0,"c":"x","d":"1.5","e":1e300,"f":"","g":0,"h":"1"}"#)
        #expect(json["a"]?.integer == 12)
        #expect(json["b"]?.integer == 12)
        #expect(json["c"]?.integer == nil)
        #expect(json["c"]?.real == nil)
        #expect(json["d"]?.real == 1.5)
        #expect(json["e"]?.integer == nil)
        #expect(json["f"]?.real == nil)
        #expect(json["g"]?.bool == false)
        #expect(json["h"]?.bool == true)
    }

    @Test(arguments: ["", "{", "nul", "{}{}"])
    func brokenTextIsNotADocument(text: String) {
        #expect(JSON(parsing: Array(text.utf8)) == nil)
    }

    @Test func deepNestingIsRefusedNotFollowed() {
        #expect(JSON(parsing: Array(String(repeating: "[", count: 1_000_000).utf8)) == nil)
    }

    @Test func childrenKeepTheirDocumentAlive() throws {
        var json: JSON? = try parse(#"{"a":{"b":"text"}}"#)
        let child = json?["a"]?["b"]
        json = nil
        #expect(child?.string == "text")
        #expect(child?.text == "\"text\"")
    }

    @Test func writingGivesWhatReadingTakes() throws {
        let json = try #require(JSON.object())
        json.set("text", "a \"quoted\" ✓")
        json.set("number", Int64(42))
        json.set("flag", true)
        let again = try parse(json.text)
        #expect(again["text"]?.string == "a \"quoted\" ✓")
        #expect(again["number"]?.integer == 42)
        #expect(again["flag"]?.bool == true)
    }

    @Test func secretsAreReplacedWhereverTheyStand() {
        var bytes = Array("keykey, a key and ke".utf8)
        bytes.redact(Array("key".utf8))
        #expect(String(decoding: bytes, as: UTF8.self) == "******, a *** and ke")
        var short = Array("k".utf8)
        short.redact(Array("key".utf8))
        #expect(short == Array("k".utf8))
    }

    @Test func aVideoThatIsKeptKeepsItsRowAlone() throws {
        let rows = try #require(JSON(parsing: Array(#"[{"_id":"a","status":3,"n":[1]},{"_id":"b"}]"#.utf8)))
        let row = try #require(rows[0].flatMap { Video.read($0) })
        let video = row.alone()
        #expect(!row.json.isWhole && video.json.isWhole)
        #expect(video.json.text == #"{"_id":"a","status":3,"n":[1]}"#)
        #expect(video.id == "a" && video.status == 3)
    }

    @Test func messagesStayOnOneLine() {
        #expect(I2VError(.http, "a\nb\u{1b}[31m").message == "a b [31m")
        #expect("äöü".shortened(to: 3) == "ä…")
        #expect("abc".shortened(to: 3) == "abc")
    }
}
