/// Expands bodies that are compressed, whatever their label says: their first bytes tell. libcurl goes by the
/// label and gives nothing at all of a body whose label is wrong or unknown.
struct Inflate {
    private var input: ArraySlice<UInt8>
    private var bits: UInt32 = 0
    private var bitCount = 0
    private var output: [UInt8] = []
    private let limit: Int

    private enum Stop: Error {
        /// The input ends, or is none.
        case broken
        case tooLarge
    }

    /// A Huffman code: how many symbols have each length, and the symbols in the order of their codes.
    private struct Code {
        var counts = [Int](repeating: 0, count: 16)
        var symbols: [Int] = []

        init(_ lengths: ArraySlice<Int>) {
            for length in lengths { counts[length] += 1 }
            counts[0] = 0
            for length in 1...15 {
                for (symbol, its) in lengths.enumerated() where its == length { symbols.append(symbol) }
            }
        }
    }

    private static let lengthBases = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163,
        195,
        227, 258,
    ]
    private static let lengthBits = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let distanceBases = [
        1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073,
        4097, 6145, 8193, 12289, 16385, 24577,
    ]
    private static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    private init(_ input: ArraySlice<UInt8>, limit: Int) {
        self.input = input
        self.limit = limit
    }

    /// The body as it was before it was compressed; itself when it was not, and as much of it as can be had when
    /// it is cut. nil when it is larger than `limit`.
    static func plain(_ body: [UInt8], limit: Int) -> [UInt8]? {
        guard let start = start(body) else { return body }
        var inflate = Inflate(body[start...], limit: limit)
        do throws(Stop) {
            try inflate.run()
        } catch {
            if case .tooLarge = error { return nil }
        }
        return inflate.output
    }

    /// Where the compressed data begin, behind the header of gzip or zlib. No JSON begins like either.
    private static func start(_ body: [UInt8]) -> Int? {
        guard body.count >= 2 else { return nil }
        if body[0] == 0x78, (Int(body[0]) << 8 | Int(body[1])) % 31 == 0 { return 2 }
        guard body.count >= 10, body[0] == 0x1F, body[1] == 0x8B, body[2] == 8 else { return nil }
        let flags = body[3]
        var index = 10
        if flags & 4 != 0 {
            guard index + 2 <= body.count else { return nil }
            index += 2 + Int(body[index]) + Int(body[index + 1]) << 8
        }
        for flag: UInt8 in [8, 16] where flags & flag != 0 {
            guard index < body.count, let end = body[index...].firstIndex(of: 0) else { return nil }
            index = end + 1
        }
        if flags & 2 != 0 { index += 2 }
        return index <= body.count ? index : nil
    }

    private mutating func run() throws(Stop) {
        var isLast = false
        while !isLast {
            isLast = try take(1) == 1
            switch try take(2) {
            case 0: try copyStored()
            case 1: try expand(Self.fixed.0, Self.fixed.1)
            case 2:
                let (lengths, distances) = try codes()
                try expand(lengths, distances)
            default: throw .broken
            }
        }
    }

    private mutating func take(_ count: Int) throws(Stop) -> Int {
        while bitCount < count {
            guard let byte = input.popFirst() else { throw .broken }
            bits |= UInt32(byte) << UInt32(bitCount)
            bitCount += 8
        }
        let value = bits & (1 << UInt32(count) - 1)
        bits >>= UInt32(count)
        bitCount -= count
        return Int(value)
    }

    private mutating func put(_ byte: UInt8) throws(Stop) {
        guard output.count < limit else { throw .tooLarge }
        output.append(byte)
    }

    private mutating func copyStored() throws(Stop) {
        (bits, bitCount) = (0, 0)
        let length = try take(16)
        guard try take(16) == length ^ 0xFFFF else { throw .broken }
        for _ in 0..<length {
            guard let byte = input.popFirst() else { throw .broken }
            try put(byte)
        }
    }

    private mutating func symbol(_ code: Code) throws(Stop) -> Int {
        var (value, first, index) = (0, 0, 0)
        for length in 1...15 {
            value |= try take(1)
            let count = code.counts[length]
            if value - count < first {
                guard code.symbols.indices.contains(index + value - first) else { throw .broken }
                return code.symbols[index + value - first]
            }
            index += count
            first = (first + count) << 1
            value <<= 1
        }
        throw .broken
    }

    private mutating func expand(_ lengths: Code, _ distances: Code) throws(Stop) {
        while true {
            let symbol = try symbol(lengths)
            if symbol == 256 { return }
            guard symbol > 256 else {
                try put(UInt8(truncatingIfNeeded: symbol))
                continue
            }
            guard Self.lengthBases.indices.contains(symbol - 257) else { throw .broken }
            let length = Self.lengthBases[symbol - 257] + (try take(Self.lengthBits[symbol - 257]))
            let code = try self.symbol(distances)
            guard Self.distanceBases.indices.contains(code) else { throw .broken }
            let distance = Self.distanceBases[code] + (try take(max(0, code / 2 - 1)))
            guard distance <= output.count else { throw .broken }
            for _ in 0..<length { try put(output[output.count - distance]) }
        }
    }

    private static var fixed: (Code, Code) {
        let lengths = (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 }
        return (Code(lengths[...]), Code([Int](repeating: 5, count: 30)[...]))
    }

    /// The codes that a block brings along.
    private mutating func codes() throws(Stop) -> (Code, Code) {
        let lengthCount = try take(5) + 257
        let distanceCount = try take(5) + 1
        let orderCount = try take(4) + 4
        var lengths = [Int](repeating: 0, count: 19)
        for index in 0..<orderCount { lengths[Self.order[index]] = try take(3) }
        let code = Code(lengths[...])
        lengths = []
        while lengths.count < lengthCount + distanceCount {
            switch try symbol(code) {
            case 16:
                guard let last = lengths.last else { throw .broken }
                lengths += [Int](repeating: last, count: try take(2) + 3)
            case 17: lengths += [Int](repeating: 0, count: try take(3) + 3)
            case 18: lengths += [Int](repeating: 0, count: try take(7) + 11)
            case let length: lengths.append(length)
            }
        }
        guard lengths.count == lengthCount + distanceCount else { throw .broken }
        return (Code(lengths[..<lengthCount]), Code(ArraySlice(lengths[lengthCount...])))
    }
}
