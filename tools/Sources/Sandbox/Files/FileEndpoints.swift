import Foundation
import Hummingbird

/// Uploads in; videos, uploads and pictures out.
struct FileEndpoints: Sendable {
    let book: JobBook
    let uploads: UploadShelf
    let oddities: OddityBook

    func upload(_ call: Call) async throws -> Reply {
        guard !call.body.isEmpty else { return .problem("the body is empty: send the file itself") }
        let name = try uploads.keep(call.body, named: call.query("name") ?? "file")
        return .json(["url": .string("\(call.origin)/uploads/\(name)")])
    }

    func uploaded(_ call: Call) async throws -> Reply {
        guard let file = uploads.file(named: call.leaf) else { return .notFound }
        return try await serve(file, call)
    }

    func video(_ call: Call) async throws -> Reply {
        let age = await oddities.current.age
        guard let file = await book.video(named: call.leaf, aged: age) else { return .notFound }
        return try await FileReply.serve(file, type: "video/mp4", to: call)
    }

    /// The picture a job works on.
    func picture(_ call: Call) async throws -> Reply {
        guard let file = await book.jobs([call.leaf]).first?.picture else { return .notFound }
        return try await serve(file, call)
    }

    private func serve(_ file: URL, _ call: Call) async throws -> Reply {
        let type = MediaType.getMediaType(forExtension: file.pathExtension)?.description
        return try await FileReply.serve(file, type: type ?? "application/octet-stream", to: call)
    }
}
