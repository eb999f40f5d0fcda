import CJansson

/// Writes a document that Jansson refuses in the way that Jansson takes: what JavaScript's `JSON.parse` or Python's
/// `json.loads` would read, either of them, and texts with bytes or control characters that belong in no text.
///
/// It goes over the bytes once and knows texts and numbers only. The grammar stays Jansson's business: everything
/// else is copied as it is, and no replacement turns what is not JSON into JSON.
struct JSONRepair {
    private let input: [UInt8]
    private var position = 0
    private var output: [UInt8] = []

    /// The same document for Jansson; nil where a text is broken off or has an unknown escape.
    static func repaired(_ bytes: [UInt8]) -> [UInt8]? {
        var repair = JSONRepair(input: TextEncoding.utf8(of: bytes))
        return repair.run() ? repair.output : nil
    }

    private init(input: [UInt8]) {
        self.input = input
        output.reserveCapacity(input.count + 64)
    }

    private mutating func run() -> Bool {
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard copyText() else { return false }
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): copyNumber()
            case UInt8(ascii: "N") where skip("NaN"): output += "null".utf8
            case UInt8(ascii: "I") where skip("Infinity"): output += "null".utf8
            default:
                output.append(byte)
                position += 1
            }
        }
        return true
    }

    private func peek(_ offset: Int = 0) -> UInt8? {
        position + offset < input.count ? input[position + offset] : nil
    }

    private mutating func skip(_ word: StaticString) -> Bool {
        for index in 0..<word.utf8CodeUnitCount where peek(index) != word.utf8Start[index] { return false }
        position += word.utf8CodeUnitCount
        return true
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    /// The token just read names a member.
    private var isName: Bool {
        var offset = 0
        while let byte = peek(offset), [0x20, 0x09, 0x0a, 0x0d].contains(byte) { offset += 1 }
        return peek(offset) == UInt8(ascii: ":")
    }

    // MARK: Numbers

    /// Keeps a number that no 64-bit integer or no double can be as the text that it is.
    private mutating func copyNumber() {
        let start = position
        if skip("-Infinity") {
            output += "null".utf8
            return
        }
        _ = skip(UInt8(ascii: "-"))
        let hasDigits = skip(UInt8(ascii: "0")) || skipDigits()
        guard hasDigits else {
            output += input[start..<position]
            return
        }
        let isReal = skipFraction()
        let number = input[start..<position]
        // A name must be a text in the document itself.
        if fits(number, isReal: isReal) || isName {
            output += number
        } else {
            output.append(UInt8(ascii: "\""))
            output += number
            output.append(UInt8(ascii: "\""))
        }
    }

    private mutating func skipDigits() -> Bool {
        let start = position
        while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position > start
    }

    private mutating func skipFraction() -> Bool {
        let start = position
        if skip(UInt8(ascii: ".")), !skipDigits() { position -= 1 }
        let end = position
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            if !skip(UInt8(ascii: "+")) { _ = skip(UInt8(ascii: "-")) }
            if !skipDigits() { position = end }
        }
        return position > start
    }

    private func fits(_ number: ArraySlice<UInt8>, isReal: Bool) -> Bool {
        let text = String(decoding: number, as: UTF8.self)
        return isReal ? JSON.real(of: text) != nil : Int64(text) != nil
    }

    // MARK: Texts

    /// Copies a text from behind its first quotation mark.
    private mutating func copyText() -> Bool {
        var nuls: [Int] = []
        output.append(UInt8(ascii: "\""))
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                output.append(byte)
                position += 1
                if !nuls.isEmpty, isName { replace(nuls) }
                return true
            case UInt8(ascii: "\\"):
                guard copyEscape(&nuls) else { return false }
            case 0..<0x20:
                if byte == 0 { nuls.append(output.count) }
                writeEscape(UInt32(byte))
                position += 1
            default:
                // The encoding was made sure of before.
                output.append(byte)
                position += 1
            }
        }
        return false
    }

    private mutating func copyEscape(_ nuls: inout [Int]) -> Bool {
        guard let kind = peek(1) else { return false }
        guard kind == UInt8(ascii: "u") else {
            guard "\"\\/bfnrt".utf8.contains(kind) else { return false }
            output += [UInt8(ascii: "\\"), kind]
            position += 2
            return true
        }
        guard let unit = escapedUnit(at: position) else { return false }
        position += 6
        guard (0xd800..<0xe000).contains(unit) else {
            if unit == 0 { nuls.append(output.count) }
            writeEscape(unit)
            return true
        }
        if unit < 0xdc00, let low = escapedUnit(at: position), (0xdc00..<0xe000).contains(low) {
            position += 6
            writeEscape(unit)
            writeEscape(low)
        } else {
            output.appendReplacement()
        }
        return true
    }

    /// The UTF-16 unit of an escape; nil where there is none.
    private func escapedUnit(at start: Int) -> UInt32? {
        guard start + 6 <= input.count, input[start] == UInt8(ascii: "\\"),
            input[start + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt32 = 0
        for byte in input[start + 2..<start + 6] {
            guard let digit = byte.hexDigit else { return nil }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    private mutating func writeEscape(_ unit: UInt32) {
        let digits: StaticString = "0123456789abcdef"
        output += [UInt8(ascii: "\\"), UInt8(ascii: "u")]
        for shift: UInt32 in [12, 8, 4, 0] { output.append(digits.utf8Start[Int(unit >> shift & 15)]) }
    }

    /// Jansson's names have no NUL. Its escape becomes that of U+FFFD, which is as long.
    private mutating func replace(_ nuls: [Int]) {
        for place in nuls {
            for (offset, byte) in "\\ufffd".utf8.enumerated() { output[place + offset] = byte }
        }
    }
}
