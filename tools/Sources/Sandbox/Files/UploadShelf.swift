import Foundation

/// Files people hand in. The real service has no such thing: it wants public addresses, which a machine
/// without a network cannot offer.
struct UploadShelf: Sendable {
    let folder: URL

    /// Keeps a file and returns the name it is found under: its hash, then its own name, without folders and
    /// with anything but plain characters replaced.
    func keep(_ content: Data, named name: String) throws -> String {
        let ownName = name.split(separator: "/").last ?? "file"
        let plain = ownName.unicodeScalars.map { scalar in
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            return isPlain || "._-".unicodeScalars.contains(scalar) ? Character(scalar) : "_"
        }
        let kept = "\(ContentHash.hex(content))-\(String(plain.suffix(80)))"
        try content.write(to: folder.appendingPathComponent(kept), options: .atomic)
        return kept
    }

    func file(named name: String) -> URL? {
        guard !name.contains("/"), !name.hasPrefix(".") else { return nil }
        let file = folder.appendingPathComponent(name)
        return FileManager.default.fileExists(atPath: file.path) ? file : nil
    }

    func input(named name: String) -> InputFile? {
        file(named: name).map { InputFile(file: $0, hash: String(name.prefix(16))) }
    }
}
