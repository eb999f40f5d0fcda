import CZlib

/// Expands bodies that are compressed, whatever their label says: their first bytes tell. libcurl goes by the
/// label and gives nothing at all of a body whose label is wrong or unknown.
enum Inflate {
    private static let step = 16_384

    /// The body as it was before it was compressed; itself when it was not, and as much of it as can be had when
    /// it is cut or damaged. nil when it is larger than `limit`.
    static func plain(_ body: [UInt8], limit: Int) -> [UInt8]? {
        guard isCompressed(body) else { return body }
        // zlib remembers the place of its stream, which must stay the same.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        defer { stream.deallocate() }
        stream.initialize(to: z_stream())
        guard i2v_zlib_begin(stream) == Z_OK else { return body }
        defer { inflateEnd(stream) }
        var output: [UInt8] = []
        return body.withUnsafeBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(clamping: input.count)
            while output.count <= limit {
                guard advance(stream, &output) else { return output.count <= limit ? output : nil }
            }
            return nil
        }
    }

    /// Expands up to a step more. False when there is no more to be had.
    private static func advance(_ stream: UnsafeMutablePointer<z_stream>, _ output: inout [UInt8]) -> Bool {
        var code = Z_OK
        let more = [UInt8](unsafeUninitializedCapacity: step) { buffer, count in
            stream.pointee.next_out = buffer.baseAddress
            stream.pointee.avail_out = UInt32(step)
            code = inflate(stream, Z_NO_FLUSH)
            count = step - Int(stream.pointee.avail_out)
        }
        output += more
        // With room left and no error, the input has come to its end.
        return code == Z_OK && more.count == step
    }

    /// No JSON begins like gzip or zlib.
    private static func isCompressed(_ body: [UInt8]) -> Bool {
        guard body.count >= 2 else { return false }
        if body[0] == 0x78 { return (Int(body[0]) << 8 | Int(body[1])) % 31 == 0 }
        return body[0] == 0x1F && body[1] == 0x8B
    }
}
