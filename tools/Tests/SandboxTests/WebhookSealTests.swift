import Foundation
import Testing

@testable import Sandbox

/// The vectors were computed for this project with two independent crypto libraries.
@Suite struct WebhookSealTests {
    @Test func sealsWithA24ByteSecretAndANonceOfText() throws {
        let client = ClientIdentity(id: "ID-0123456789abc", secret: "secret-24-chars-ABCDEFGH")
        let plaintext = """
            {"_id":"6891abe782f7cd2a890c44ba","status":3,"type":"image2video",\
            "url":"https://example.invalid/v.mp4"}
            """
        let body = try WebhookSeal(client: client)
            .seal(Data(plaintext.utf8), at: 1_700_000_000_000, nonce: .text("1529"))
        #expect(
            body == [
                "signature": "a56ebe058d5f551638b3a95ededdfafaad0599de",
                "dataEncrypt": .string(
                    "g57By4Ps7BB47YSSX7Xxnj24jv54EG+doaYj6ZMGQNqACxCGyTGG6IPxERwNJ8rvgY9H3fw2Fo2PefktmEy8"
                        + "vB1++UA+mXeelQ2yWI57tobhjLaDEGM143HJgL2cAS+HFO2UP2DZVeJAJL6VTYW5pw=="),
                "timestamp": 1_700_000_000_000,
                "nonce": "1529",
            ])
    }

    @Test func sealsWithA32ByteSecretAndANonceThatIsANumber() throws {
        let client = ClientIdentity(
            id: "ID-0123456789abcdefghij=", secret: "secret-32-chars-ABCDEFGHIJKLMNOP")
        let plaintext = #"{"_id":"6891abe782f7cd2a890c44ba","status":4,"type":"image2video"}"#
        let body = try WebhookSeal(client: client)
            .seal(Data(plaintext.utf8), at: 1_700_000_000_001, nonce: .number(9047))
        #expect(
            body == [
                "signature": "01fb10028903918b2cefdfc3033dd673cc55443d",
                "dataEncrypt": .string(
                    "3Fhpt/+yA/9Mql40iQCH6M8PiPSJvyWuITzzw2w+su5za1P+on8EOSrDis0HX5trxfTk0LpJddkFkOSiBHnl"
                        + "J5r3Ly1gTVDoy4lvCW0Rlyc="),
                "timestamp": 1_700_000_000_001,
                "nonce": 9047,
            ])
    }

    @Test func knowsAddressesOnThisMachine() {
        for here in [
            "http://127.0.0.1:8080/a?b=1", "https://localhost/x", "http://[::1]:9/", "http://127.1.2.3",
        ] {
            #expect(LocalAddress.url(here) != nil, "\(here)")
        }
        for away in [
            "https://example.invalid/", "http://127.example.com/", "http://127.0.0.1.example.com/",
            "http://localhost.example.com/", "ftp://127.0.0.1/", "http://10.0.0.1/", "http://user@10.0.0.1/",
            "http://127.0.0.1@10.0.0.1/", "127.0.0.1", "",
        ] {
            #expect(LocalAddress.url(away) == nil, "\(away)")
        }
    }
}
