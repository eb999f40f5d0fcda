import Foundation
import Testing

@testable import Image2Video

/// A sample of the service's page, as it is printed there.
func fixture(_ name: String) throws -> [UInt8] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    return [UInt8](try Data(contentsOf: folder.appendingPathComponent("Fixtures/\(name).json")))
}

func fixtureObject(_ name: String) throws -> NSDictionary {
    try #require(try JSONSerialization.jsonObject(with: Data(fixture(name))) as? NSDictionary)
}

func object(_ bytes: [UInt8]) throws -> NSDictionary {
    try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? NSDictionary)
}

/// The error that `body` throws; records an issue when it throws none.
func failure<Value>(_ body: () throws(I2VError) -> Value) -> I2VError {
    do {
        _ = try body()
        Issue.record("nothing was thrown")
        return I2VError(.ok, "")
    } catch {
        return error
    }
}

/// Bounds on time, in milliseconds. Others keep the machine busy, so that no test expects anything to be quick.
/// `make bench` measures how quick the library is.
enum Bound {
    /// An event that has not come by then will never come.
    static let hang: Int64 = 60_000
    /// A busy machine may add this to any time: an operation that lasts longer waits for something that it must not
    /// wait for.
    static let busy: Int64 = 10_000
}

func parse(_ text: String) throws -> JSON {
    try #require(JSON(parsing: Array(text.utf8)))
}

extension Transport {
    static func forTests(
        maxRequests: Int64 = 8, maxDownloads: Int64 = 4, maxRate: Double = 10_000
    ) throws -> Transport {
        try make(
            .init(
                userAgent: "test", connectTimeout: 1_000, caFile: nil, proxies: try Proxies(""),
                maxRequests: maxRequests, maxDownloads: maxDownloads, maxRate: maxRate))
    }
}

/// A folder of a test's own, gone when the value is.
final class Scratch {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "i2v-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { path + "/" + name }
    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}
