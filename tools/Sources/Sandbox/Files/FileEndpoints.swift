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
        switch await book.video(named: call.leaf, aged: age) {
        case .film(let film):
            guard let content = film.content else { return .notFound }
            return try await FileReply.serve(content, type: "video/mp4", to: call)
        case .refused: return Self.refused
        case .nothing: return .notFound
        }
    }

    /// The picture a job works on.
    func picture(_ call: Call) async throws -> Reply {
        guard let file = await book.jobs([call.leaf]).first?.picture else { return .notFound }
        return try await serve(file, call)
    }

    /// As file stores answer an address whose signature has run out.
    private static let refused = Reply.response(
        Response(
            status: .forbidden, headers: [.contentType: "application/xml"],
            body: ResponseBody(
                byteBuffer: ByteBuffer(string: "<Error><Code>AccessDenied</Code></Error>"))))

    private func serve(_ file: URL, _ call: Call) async throws -> Reply {
        guard let content = StoredFile(file) else { return .notFound }
        let type = MediaType.getMediaType(forExtension: file.pathExtension)?.description
        return try await FileReply.serve(content, type: type ?? "application/octet-stream", to: call)
    }
}
