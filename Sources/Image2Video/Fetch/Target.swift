import CSystem

/// The file a video is saved to.
public struct Target: Sendable {
    /// As it was given.
    public let path: String
    /// Whether an existing file may be replaced.
    public let replace: Bool
    /// The same as an absolute path: the process may change its folder, and another may go on.
    let location: String

    /// A relative path counts from the folder that the process is in now.
    public init(path: String, replace: Bool) {
        self.path = path
        self.replace = replace
        location = Self.absolute(path)
    }

    private static func absolute(_ path: String) -> String {
        guard let first = path.utf8.first, first != UInt8(ascii: "/"), let folder = getcwd(nil, 0) else {
            return path
        }
        defer { free(folder) }
        // What is no UTF-8 would come out as another folder.
        return String(validatingCString: folder).map { "\($0)/\(path)" } ?? path
    }

    /// The same name with a number before its extension: `cat.mp4` becomes `cat-2.mp4`.
    func numbered(_ number: Int) -> Target {
        var bytes = Array(path.utf8)
        let name = bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        let dot = bytes.lastIndex(of: UInt8(ascii: ".")).flatMap { $0 > name ? $0 : nil }
        bytes.insert(contentsOf: "-\(number)".utf8, at: dot ?? bytes.count)
        return Target(path: String(decoding: bytes, as: UTF8.self), replace: replace)
    }

    /// Where it is written until it is whole.
    var partLocation: String { location + ".part" }

    var folder: String {
        guard let slash = location.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == location.startIndex ? "/" : String(decoding: location.utf8[..<slash], as: UTF8.self)
    }

    /// Refuses what cannot be written to, before anything is paid for.
    func check() throws(I2VError) {
        guard !path.isEmpty, path.utf8.last != UInt8(ascii: "/") else {
            throw I2VError(.invalidArgument, "the target names no file", field: "target")
        }
        if let info = try look(at: location, "the target cannot be written") {
            if info.isFolder {
                throw fileError(.file, "the target is a folder", EISDIR)
            }
            if !replace { throw alreadyThere() }
        }
        var info = stat()
        guard stat(folder, &info) == 0 else {
            throw fileError(.file, "the target's folder cannot be written to", i2v_errno())
        }
        guard info.isFolder else {
            throw fileError(.file, "the target's folder is none", ENOTDIR)
        }
        guard access(folder, W_OK | X_OK) == 0 else {
            throw fileError(.file, "the target's folder cannot be written to", i2v_errno())
        }
        try checkPart()
    }

    /// The video is written under this name first: it must not be too long either, nor somebody else's.
    private func checkPart() throws(I2VError) {
        let what = "the file with .part after the target's name cannot be written"
        guard let info = try look(at: partLocation, what) else { return }
        guard info.isPlain else { throw fileError(.file, what, EEXIST) }
        guard access(partLocation, R_OK | W_OK) == 0 else { throw fileError(.file, what, i2v_errno()) }
    }

    /// The size of the file that is there and must not be replaced; nil when there is none.
    var sizeInTheWay: Int64? {
        var info = stat()
        return !replace && lstat(location, &info) == 0 ? Int64(info.st_size) : nil
    }

    /// What is there; nil when nothing is, but could be.
    private func look(at path: String, _ what: String) throws(I2VError) -> stat? {
        var info = stat()
        if lstat(path, &info) == 0 { return info }
        let code = i2v_errno()
        guard code == ENOENT else { throw fileError(.file, what, code) }
        return nil
    }

    func alreadyThere() -> I2VError {
        fileError(.fileExists, "the target exists and replacing it was not asked for", EEXIST)
    }

    func fileError(_ status: Status, _ what: String, _ code: Int32) -> I2VError {
        I2VError(
            status, "\(what): \(path.shortened(to: 300)) (\(String(cString: strerror(code))))",
            field: "target",
            systemError: code)
    }
}

extension stat {
    var isPlain: Bool { UInt32(st_mode) & UInt32(S_IFMT) == UInt32(S_IFREG) }
    fileprivate var isFolder: Bool { UInt32(st_mode) & UInt32(S_IFMT) == UInt32(S_IFDIR) }
}
