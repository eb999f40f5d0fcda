import Foundation

/// The folder that holds everything the sandbox writes: uploads, fetched pictures, rendered videos.
struct DataFolder: Sendable {
    let root: URL
    /// A folder the sandbox made for itself goes when it goes; one the user named stays.
    let isTemporary: Bool

    init(path: String?) throws {
        if let path {
            root = URL(fileURLWithPath: path, isDirectory: true)
            isTemporary = false
        } else {
            root = FileManager.default.temporaryDirectory
                .appendingPathComponent("i2v-sandbox-\(UUID().uuidString)", isDirectory: true)
            isTemporary = true
        }
        for folder in [uploads, inputs, videos, scratch] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
    }

    var uploads: URL { root.appendingPathComponent("uploads", isDirectory: true) }
    /// Pictures and sounds fetched or made up for jobs.
    var inputs: URL { root.appendingPathComponent("inputs", isDirectory: true) }
    var videos: URL { root.appendingPathComponent("videos", isDirectory: true) }
    /// Files in the making; they are renamed into place when whole.
    var scratch: URL { root.appendingPathComponent("scratch", isDirectory: true) }

    func scratchFile(_ suffix: String) -> URL { scratch.appendingPathComponent(UUID().uuidString + suffix) }

    /// Leaves nothing half-done behind: of a temporary folder nothing at all, of a named one what is whole.
    func tidyUp() {
        let doomed = isTemporary ? root : scratch
        // A worker may add a file between the listing and the removal of a folder, which makes that removal
        // fail.
        for _ in 0..<10 where FileManager.default.fileExists(atPath: doomed.path) {
            try? FileManager.default.removeItem(at: doomed)
        }
    }
}

/// Moves a finished file into place, also over an equal one that a parallel worker put there first.
func moveIntoPlace(_ source: URL, _ target: URL) throws {
    guard rename(source.path, target.path) == 0 else {
        throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: target.path])
    }
}
