import CSystem

/// A text that nobody else will ever come up with: 128 random bits in hexadecimal.
enum Nonce {
    static func make() -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        bytes.withUnsafeMutableBytes { buffer in
            if let base = buffer.baseAddress { i2v_random(base, buffer.count) }
        }
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
