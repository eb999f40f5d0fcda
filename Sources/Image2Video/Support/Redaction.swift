extension String {
    /// Shorter secrets occur in texts by accident: hiding them would make ids and addresses useless.
    var isLongEnoughForASecret: Bool { utf8.count { $0 & 0xc0 != 0x80 } >= 16 }
}

extension RandomAccessCollection<UInt8> where Index == Int {
    /// Whether the part is anywhere in it; an empty one is not.
    func holds(_ part: [UInt8]) -> Bool { firstIndex(of: part) != nil }

    /// Where the part is first.
    func firstIndex(of part: [UInt8]) -> Int? {
        guard !part.isEmpty, count >= part.count else { return nil }
        return (startIndex...endIndex - part.count).first { self.has(part, at: $0) }
    }

    fileprivate func has(_ part: [UInt8], at start: Int) -> Bool {
        self[start] == part[0] && self[start..<start + part.count].elementsEqual(part)
    }
}

extension [UInt8] {
    /// Replaces every occurrence of `secret` by as many asterisks.
    mutating func redact(_ secret: [UInt8]) {
        let length = secret.count
        guard length > 0 else { return }
        var index = 0
        while index + length <= count {
            guard has(secret, at: index) else {
                index += 1
                continue
            }
            for offset in 0..<length { self[index + offset] = UInt8(ascii: "*") }
            index += length
        }
    }
}
