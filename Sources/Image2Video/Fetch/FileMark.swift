import CSystem

/// Tells whose video a whole file is, in an extended attribute, for as long as the ledger does not have the job as
/// saved. File systems without such attributes keep none.
struct FileMark {
    private static let mostBytes = 1024

    /// The job's name in the ledger.
    let job: String
    /// The service's id.
    let id: String

    init(job: String, id: String) {
        (self.job, self.id) = (job, id)
    }

    /// Reads the mark of a file; nil when it has none.
    init?(of path: String) {
        var bytes = [UInt8](repeating: 0, count: Self.mostBytes)
        let count = bytes.withUnsafeMutableBytes { i2v_read_mark(path, $0.baseAddress, $0.count) }
        let text = bytes.prefix(max(0, count))
        guard let space = text.firstIndex(of: UInt8(ascii: " ")) else { return nil }
        job = String(decoding: text[..<space], as: UTF8.self)
        id = String(decoding: text[text.index(after: space)...], as: UTF8.self)
        guard VideoID.isUsable(id) else { return nil }
    }

    func set(on descriptor: Int32) {
        i2v_mark_file(descriptor, "\(job) \(id)")
    }
}
