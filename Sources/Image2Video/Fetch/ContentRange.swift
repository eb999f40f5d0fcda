/// The part of an entity that an answer brings: `bytes 100-199/1000`, or `bytes */1000` for none of it.
struct ContentRange: Equatable {
    /// The first byte; nil when the answer brings none.
    let first: Int64?
    /// The size of the whole; nil when the server does not know it.
    let total: Int64?

    /// nil for what is no such header.
    init?(_ text: String) {
        let bytes = Array(text.lowercasedASCII)
        guard bytes.starts(with: "bytes ".utf8), let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else {
            return nil
        }
        let range = bytes[6..<max(6, slash)]
        total = Self.number(bytes[(slash + 1)...])
        guard total != nil || bytes[(slash + 1)...].elementsEqual("*".utf8) else { return nil }
        if range.elementsEqual("*".utf8) {
            first = nil
            return
        }
        guard let dash = range.firstIndex(of: UInt8(ascii: "-")), let from = Self.number(range[..<dash]),
            let to = Self.number(range[(dash + 1)...]), from <= to, total.map({ to < $0 }) ?? true
        else { return nil }
        first = from
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(String(decoding: digits, as: UTF8.self))
    }
}
