/// Writes the gzip format with stored (uncompressed) blocks.
enum Gzip {
    static func stored(_ content: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
        let block = 65535
        var start = 0
        repeat {
            let part = content[start..<min(start + block, content.count)]
            start += part.count
            result.append(start == content.count ? 1 : 0)
            let length = UInt16(part.count)
            result += little(length) + little(~length) + part
        } while start < content.count
        return result + little(checksum(content)) + little(UInt32(truncatingIfNeeded: content.count))
    }

    private static func little(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    private static func checksum(_ content: [UInt8]) -> UInt32 {
        var sum = ~UInt32(0)
        for byte in content {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0xedb8_8320 : sum >> 1 }
        }
        return ~sum
    }
}
