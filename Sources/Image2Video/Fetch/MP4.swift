/// What an MP4 file says of its own length: it is a row of boxes, each with its size. Where a server's word on
/// the length is wrong, this tells that some of the file is missing.
enum MP4 {
    /// Whether the file begins as an MP4 and ends in the middle of a box. `read` gives up to 16 bytes from a
    /// place; fewer at the file's end.
    static func isCut(size: Int64, read: (_ offset: Int64) -> [UInt8]) -> Bool {
        let start = read(0)
        guard start.count >= 8, start[4..<8].elementsEqual("ftyp".utf8) else { return false }
        var offset: Int64 = 0
        // A file has a handful of boxes at its top, or some for each fragment.
        for _ in 0..<100_000 {
            guard offset < size else { return offset > size }
            let header = read(offset)
            // Less than a header, or what is no box: something was put at the end, nothing is missing.
            guard header.count >= 8, let length = length(of: header) else { return false }
            guard length > 0 else { return false }
            let (end, overflow) = offset.addingReportingOverflow(length)
            guard !overflow else { return true }
            offset = end
        }
        return false
    }

    /// 0 for a box that goes on to the file's end; nil for what is no box.
    private static func length(of header: [UInt8]) -> Int64? {
        let length = number(header[0..<4])
        switch length {
        case 0: return 0
        case 1:
            guard header.count >= 16 else { return .max }
            let long = number(header[8..<16])
            return long >= 16 && long <= UInt64(Int64.max) ? Int64(long) : nil
        case 2..<8: return nil
        default: return Int64(length)
        }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
