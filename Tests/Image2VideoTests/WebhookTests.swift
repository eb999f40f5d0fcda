import Foundation
import Testing

@testable import Image2Video

@Suite struct WebhookTests {
    /// A webhook as the service would post it, with what it must open to.
    struct Vector: Sendable {
        let clientID: String
        let clientSecret: String
        let timestamp: Int64
        /// As it stands in JSON.
        let nonce: String
        let contents: String
        let signature: String
        let status: Int32
        let url: String?

        var body: [UInt8] { Self.body(signature, contents, "\(timestamp)", nonce) }

        static func body(_ signature: String, _ contents: String, _ timestamp: String, _ nonce: String)
            -> [UInt8]
        {
            Array(
                #"{"signature":"\#(signature)","dataEncrypt":"\#(contents)","timestamp":\#(timestamp),"nonce":\#(nonce)}"#
                    .utf8)
        }
    }

    static let a = Vector(
        clientID: "ID-0123456789abc", clientSecret: "secret-24-chars-ABCDEFGH", timestamp: 1_700_000_000_000,
        nonce: #""1529""#,
        contents:
            "g57By4Ps7BB47YSSX7Xxnj24jv54EG+doaYj6ZMGQNqACxCGyTGG6IPxERwNJ8rvgY9H3fw2Fo2PefktmEy8vB1++UA+mXeelQ2yWI57tobhjLaDEGM143HJgL2cAS+HFO2UP2DZVeJAJL6VTYW5pw==",
        signature: "a56ebe058d5f551638b3a95ededdfafaad0599de", status: 3,
        url: "https://example.invalid/v.mp4")
    static let b = Vector(
        clientID: "ID-0123456789abcdefghij=", clientSecret: "secret-32-chars-ABCDEFGHIJKLMNOP",
        timestamp: 1_700_000_000_001, nonce: "9047",
        contents:
            "3Fhpt/+yA/9Mql40iQCH6M8PiPSJvyWuITzzw2w+su5za1P+on8EOSrDis0HX5trxfTk0LpJddkFkOSiBHnlJ5r3Ly1gTVDoy4lvCW0Rlyc=",
        signature: "01fb10028903918b2cefdfc3033dd673cc55443d", status: 4, url: nil)

    private func open(
        _ body: [UInt8], _ vector: Vector = a, maxAge: Int64? = nil, now: Int64 = 1_700_000_060_000
    ) throws(I2VError) -> WebhookEvent {
        try Webhook.open(
            body, clientID: vector.clientID, clientSecret: vector.clientSecret, maxAge: maxAge, now: now)
    }

    private func field(_ body: [UInt8], _ vector: Vector = a, maxAge: Int64? = nil) -> String? {
        let error = failure { () throws(I2VError) in try open(body, vector, maxAge: maxAge) }
        #expect(error.status == .webhook)
        #expect(!error.message.contains(vector.clientSecret))
        return error.field
    }

    @Test(arguments: [a, b]) func theVectorsOpen(vector: Vector) throws {
        let event = try open(vector.body, vector)
        #expect(event.id == "6891abe782f7cd2a890c44ba")
        #expect(event.status == vector.status)
        #expect(event.type == "image2video")
        #expect(event.url == vector.url)
        #expect(event.timestamp == vector.timestamp)
        #expect(event.deductionCredit == nil)
    }

    /// Whether a part is a text or a number makes no difference to what is signed.
    @Test func partsMayBeTextsOrNumbers() throws {
        let body = Vector.body(Self.a.signature, Self.a.contents, #""1700000000000""#, "1529")
        #expect(try open(body).status == 3)
    }

    /// The vector that the service's own page prints does not verify.
    @Test func theDocumentedVectorIsRejected() {
        let body = Vector.body(
            "04e30dd43d9d8f95dd7c127dad617f0929d61c1d",
            "LuG1OVSVIwOO/xpW00eSYo77Ncxa9h4VKmOJRjwoyoAmCIS/8FdJRJ+BpZn90BVAAg8xpU1bMmcDlAYDT010Wa9tNi1jivX25Ld03iA4EKs=",
            "1710757981609", "1529")
        let error = failure { () throws(I2VError) in
            try Webhook.open(
                body, clientID: "AKDt8rWEczpYPzCGur2xE=", clientSecret: "any-secret-that-is-32-bytes-long",
                maxAge: nil)
        }
        #expect(error.field == "signature")
    }

    @Test func theFieldAtFaultIsNamed() {
        let a = Self.a
        for text in ["", "{", "[]", "null", #"{"signature":"x"}"#, #"{"signature":1,"dataEncrypt":"x"}"#] {
            #expect(field(Array(text.utf8)) == "body")
        }
        #expect(field([UInt8](repeating: 0x20, count: Webhook.maxSize + 1)) == "body")
        #expect(
            field(Vector.body(a.signature.uppercased(), a.contents, "1700000000000", a.nonce)) == "signature")
        #expect(field(Vector.body("", a.contents, "1700000000000", a.nonce)) == "signature")
        #expect(field(Self.b.body) == "signature")
        let otherSecret = Vector(
            clientID: a.clientID, clientSecret: "secret-24-chars-ABCDEFGX", timestamp: 0, nonce: "",
            contents: "",
            signature: "", status: 0, url: nil)
        #expect(field(a.body, otherSecret) == "dataEncrypt")
        let otherSize = Vector(
            clientID: a.clientID, clientSecret: "secret-16-chars!", timestamp: 0, nonce: "", contents: "",
            signature: "", status: 0, url: nil)
        #expect(field(a.body, otherSize) == "dataEncrypt")
    }

    /// A member twice, or a NUL behind which something hides, could be read in two ways.
    @Test func ambiguousBodiesAreRejected() {
        let text = String(decoding: Self.a.body, as: UTF8.self)
        #expect(field(Array(text.replacingOccurrences(of: "{", with: #"{"nonce":"1529","#).utf8)) == "body")
        #expect(field(Array(text.replacingOccurrences(of: "1529", with: #"1529\u0000x"#).utf8)) == "body")
    }

    @Test func theFreshnessWindowReachesBothWays() throws {
        #expect(try open(Self.a.body, maxAge: 60_000).status == 3)
        #expect(field(Self.a.body, maxAge: 59_999) == "timestamp")
        let early = failure { () throws(I2VError) in
            try open(Self.a.body, maxAge: 60_000, now: 1_700_000_000_000 - 60_001)
        }
        #expect(early.field == "timestamp")
        #expect(failure { () throws(I2VError) in try open(Self.a.body, maxAge: -2) }.field == "max_age")
    }

    @Test func digitsDoNotMoveBetweenTimestampAndNonce() {
        let a = Self.a
        for (timestamp, nonce) in [
            ("170000000000", "01529"), ("700000000000", "15291"), ("17000000000001", "529"),
            ("1", "7000000000001529"),
        ] {
            let error = failure { () throws(I2VError) in
                try open(Vector.body(a.signature, a.contents, timestamp, "\"\(nonce)\""))
            }
            #expect(["timestamp", "signature"].contains(error.field))
        }
    }

    @Test func keysHaveThreeSizes() {
        for size in [0, 1, 15, 17, 23, 25, 31, 33, 64] {
            let error = failure { () throws(I2VError) in
                try Webhook.open(
                    Self.a.body, clientID: "id", clientSecret: String(repeating: "k", count: size),
                    maxAge: nil)
            }
            #expect(error.status == .invalidArgument)
            #expect(error.field == "client_secret")
        }
    }

    /// The four texts of a body, if it has them.
    private func parts(_ body: [UInt8]) -> [String]? {
        guard let object = try? JSONSerialization.jsonObject(with: Data(body)) as? NSDictionary else {
            return nil
        }
        return ["signature", "dataEncrypt", "timestamp", "nonce"].compactMap { object[$0].map { "\($0)" } }
    }

    @Test(arguments: [a, b]) func tenThousandMutationsAreRejected(vector: Vector) {
        var random = SystemRandomNumberGenerator()
        let original = vector.body
        let texts = parts(original)
        var rejected = 0
        var same = 0
        while rejected < 10_000, same < 10_000 {
            var body = original
            for _ in 0...Int.random(in: 0..<3, using: &random) {
                let place = Int.random(in: 0..<body.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: body[place] = UInt8.random(in: 0...255, using: &random)
                case 1: body.insert(UInt8.random(in: 0x20...0x7e, using: &random), at: place)
                case 2: body.remove(at: place)
                default: body.swapAt(place, Int.random(in: 0..<body.count, using: &random))
                }
            }
            // White space between the parts and the like leaves a valid webhook.
            if parts(body) == texts {
                same += 1
                continue
            }
            if (try? open(body, vector)) != nil {
                Issue.record("accepted: \(String(decoding: body, as: UTF8.self))")
                return
            }
            rejected += 1
        }
        #expect(rejected == 10_000)
    }

    @Test func base64IsStrict() {
        #expect(Base64.decode("TWFu") == Array("Man".utf8))
        #expect(Base64.decode("TWE=") == Array("Ma".utf8))
        #expect(Base64.decode("TQ==") == Array("M".utf8))
        for text in ["", "TWF", "TW=u", "T===", "====", "TWFu\n", "TW F", "TWFu====", "-_-_"] {
            #expect(Base64.decode(text) == nil, "\(text)")
        }
    }
}
