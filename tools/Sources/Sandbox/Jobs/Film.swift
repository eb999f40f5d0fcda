import Foundation

/// The video of a finished job.
enum Film: Sendable {
    case file(URL)
    case filler(FillerVideo)

    /// nil when a file is gone.
    var content: (any Content)? {
        switch self {
        case .file(let url): StoredFile(url)
        case .filler(let video): video
        }
    }

    /// This film as the start of another, which only a rendered one can be.
    var file: URL? { if case .file(let url) = self { url } else { nil } }

    /// What takes this film's place when it changes behind its address.
    func replacement() throws -> Film {
        switch self {
        case .filler(let video):
            return .filler(
                FillerVideo(
                    id: video.id, size: video.size, modified: Self.later(than: video.modified),
                    edition: video.edition + 1))
        case .file(let url):
            return .file(try Self.longer(url))
        }
    }

    /// A copy with an empty box at its end: as good a video, in other bytes. A copy, because jobs share files.
    private static func longer(_ url: URL) throws -> URL {
        let name = "\(url.deletingPathExtension().lastPathComponent)+.mp4"
        let target = url.deletingLastPathComponent().appendingPathComponent(name)
        if FileManager.default.fileExists(atPath: target.path) { return target }
        guard let old = StoredFile(url) else { throw CocoaError(.fileNoSuchFile) }
        try FileManager.default.copyItem(at: url, to: target)
        let handle = try FileHandle(forWritingTo: target)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data([0, 0, 0, 16]) + Data("free".utf8) + Data(count: 8))
        try handle.close()
        try FileManager.default.setAttributes(
            [.modificationDate: later(than: old.modified)], ofItemAtPath: target.path)
        return target
    }

    /// Now, but not within the same second, which is all that a date in a header tells.
    private static func later(than date: Date) -> Date { max(Date(), date.addingTimeInterval(1)) }
}
