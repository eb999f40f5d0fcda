import CSystem

/// Tells whose video a file is, in an extended attribute, for as long as the ledger does not have the job as saved: the
/// job's name while it is written, and the service's id behind that once it is whole. File systems without such
/// attributes keep none.
struct FileMark {
    private static let mostBytes = 1024

    /// The job's name in the ledger.
    let job: String
    /// The service's id.
    let id: String

    init(job: String, id: String) {
        (self.job, self.id) = (job, id)
    }

    /// Reads the mark of a whole file; nil when it has none.
    init?(of path: String) {
        let text = Self.read(path)
        guard let space = text.firstIndex(of: UInt8(ascii: " ")) else { return nil }
        job = String(decoding: text[..<space], as: UTF8.self)
        id = String(decoding: text[text.index(after: space)...], as: UTF8.self)
        guard VideoID.isUsable(id) else { return nil }
    }

    private static func read(_ path: String) -> ArraySlice<UInt8> {
        var bytes = [UInt8](repeating: 0, count: mostBytes)
        let count = bytes.withUnsafeMutableBytes { i2v_read_mark(path, $0.baseAddress, $0.count) }
        return bytes.prefix(max(0, count))
    }

    /// Whether the file was written, or begun, for the job.
    static func isOf(_ job: String, _ path: String) -> Bool {
        let text = read(path)
        return text.starts(with: job.utf8)
            && [nil, UInt8(ascii: " ")].contains(text.dropFirst(job.utf8.count).first)
    }

    func begin(on descriptor: Int32) {
        i2v_mark_file(descriptor, job)
    }

    func complete(on descriptor: Int32) {
        i2v_mark_file(descriptor, "\(job) \(id)")
    }
}
