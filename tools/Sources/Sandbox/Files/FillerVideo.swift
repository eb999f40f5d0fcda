import Crypto
import CryptoExtras
import Foundation
import Hummingbird

/// A video of any size that costs nothing to make: the boxes of an MP4 around bytes that look random and follow
/// from the job's id, so that every video differs from every other and any part of it can be told at any time.
struct FillerVideo: Content {
    let id: String
    let size: Int
    let modified: Date
    /// Counts up when the video is replaced by another under the same address.
    let edition: Int
    private let key: SymmetricKey

    /// Room for both boxes and some bytes that tell videos apart.
    static let smallest = 64
    /// A box says its length in 32 bits.
    static let largest = Int(UInt32.max)

    init(id: String, size: Int, modified: Date, edition: Int = 0) {
        self.id = id
        self.size = size
        self.modified = modified
        self.edition = edition
        key = SymmetricKey(data: SHA256.hash(data: Data("\(id) \(edition)".utf8)))
    }

    var tag: String { "\"\(String(size, radix: 16))-\(ContentHash.hex("\(id) \(edition)"))\"" }

    func body(_ span: ClosedRange<Int>, for call: Call) -> ResponseBody {
        let channel = call.context.channel
        return ResponseBody(contentLength: span.count) { writer in
            for index in (span.lowerBound / Self.block)...(span.upperBound / Self.block) {
                let start = index * Self.block
                let wanted = span.clamped(to: start...(start + Self.block - 1))
                let bytes = try content(ofBlock: index)
                let part = bytes[(wanted.lowerBound - start)...(wanted.upperBound - start)]
                try await writer.write(ByteBuffer(bytes: part))
                try await Pace.settle(channel)
            }
            try await writer.finish(nil)
        }
    }

    func sha256() throws -> String {
        var hash = SHA256()
        for start in stride(from: 0, to: size, by: Self.block) {
            hash.update(data: try content(ofBlock: start / Self.block).prefix(size - start))
        }
        return hash.finalize().hex
    }

    private static let block = 1 << 16
    private static let zeros = Data(count: block)

    /// A key stream is random to look at, may be entered anywhere, and is quick in debug builds as well.
    private func content(ofBlock index: Int) throws -> Data {
        let number = withUnsafeBytes(of: UInt64(index).bigEndian) { Data($0) }
        let nonce = try AES._CTR.Nonce(nonceBytes: number + Data(count: 4))
        var bytes = try AES._CTR.encrypt(Self.zeros, using: key, nonce: nonce)
        if index == 0 { bytes.replaceSubrange(0..<boxes.count, with: boxes) }
        return bytes
    }

    /// `ftyp`, and the head of the `mdat` that is all the rest.
    private var boxes: Data {
        let type = Data("ftypisom".utf8) + Data([0, 0, 2, 0]) + Data("isommp41".utf8)
        let length = { (count: Int) in withUnsafeBytes(of: UInt32(count).bigEndian) { Data($0) } }
        let first = length(type.count + 4) + type
        return first + length(size - first.count) + Data("mdat".utf8)
    }
}
