import Foundation

/// The files that say what the interface is. In memory, so that tests need no disk.
struct SourceTree {
    struct File {
        /// Relative to the project's root.
        var path: String
        var text: String
    }

    static let boundary = "Sources/Image2VideoC"
    static let core = "Sources/Image2Video"
    static let opening = "Sources/Image2VideoC/Header.md"

    /// The text of `Header.md`, when there is one.
    var opening: String?
    /// The sources that may export.
    var boundary: [File]
    /// The sources in which an exported enumeration may find its values.
    var core: [File]
}

extension SourceTree {
    init(root: URL) throws {
        opening = try? String(contentsOf: root.appending(path: Self.opening), encoding: .utf8)
        boundary = try Self.swiftFiles(under: Self.boundary, of: root)
        core = try Self.swiftFiles(under: Self.core, of: root)
    }

    private static func swiftFiles(under folder: String, of root: URL) throws -> [File] {
        let names =
            FileManager.default.enumerator(
                atPath: root.appending(path: folder).resolvingSymlinksInPath().path)?
            .compactMap { $0 as? String } ?? []
        return try names.filter { $0.hasSuffix(".swift") }.sorted().map { name in
            let path = "\(folder)/\(name)"
            return File(path: path, text: try String(contentsOf: root.appending(path: path), encoding: .utf8))
        }
    }
}
