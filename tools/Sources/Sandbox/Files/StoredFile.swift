import Crypto
import Foundation
import Hummingbird

/// A file on disk.
struct StoredFile: Content {
    let url: URL
    let size: Int
    let modified: Date

    init?(_ url: URL) {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: url.path),
            let size = (attributes[.size] as? NSNumber)?.intValue,
            let modified = attributes[.modificationDate] as? Date
        else { return nil }
        self.url = url
        self.size = size
        self.modified = modified
    }

    var tag: String {
        "\"\(String(size, radix: 16))-\(ContentHash.hex("\(url.lastPathComponent) \(modified)"))\""
    }

    func body(_ span: ClosedRange<Int>, for call: Call) async throws -> ResponseBody {
        try await FileIO().loadFile(path: url.path, range: span, context: call.context)
    }

    func sha256() throws -> String {
        let handle = try FileHandle(forReadingFrom: url)
        defer { try? handle.close() }
        var hash = SHA256()
        while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty { hash.update(data: piece) }
        return hash.finalize().hex
    }
}

extension SHA256Digest {
    var hex: String {
        map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }
}
