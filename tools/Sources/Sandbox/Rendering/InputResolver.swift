import AsyncHTTPClient
import Foundation

/// Finds the file behind an address in a request: an upload of this sandbox, something on this machine, or,
/// as the sandbox must work without a network, a stand-in for anything further away.
struct InputResolver: Sendable {
    /// Bytes of the largest picture or sound.
    private static let largest = 64 << 20

    let uploads: UploadShelf
    let folder: DataFolder
    let renderer: Renderer

    func picture(at address: String, field: String) async throws(RenderFailure) -> InputFile {
        if let input = try await local(address, field: field) { return input }
        let file = try await renderer.placeholder(for: address)
        return InputFile(file: file, hash: ContentHash.hex(file.lastPathComponent))
    }

    func sound(at address: String, field: String) async throws(RenderFailure) -> Soundtrack {
        guard let input = try await local(address, field: field) else { return .ambience }
        return .file(input)
    }

    private func local(_ address: String, field: String) async throws(RenderFailure) -> InputFile? {
        guard let url = URL(string: address) else { return nil }
        if url.path.hasPrefix("/uploads/"), let upload = uploads.input(named: url.lastPathComponent) {
            return upload
        }
        guard let here = LocalAddress.url(address) else { return nil }
        return try await fetch(here, field: field)
    }

    private func fetch(_ url: URL, field: String) async throws(RenderFailure) -> InputFile {
        let content: Data
        do {
            let request = HTTPClientRequest(url: url.absoluteString)
            let response = try await HTTPClient.local.execute(request, timeout: .seconds(20))
            guard response.status == .ok else { throw RenderFailure(reason: "\(response.status)") }
            content = Data(try await response.body.collect(upTo: Self.largest).readableBytesView)
        } catch {
            throw RenderFailure(reason: "\(field) cannot be fetched")
        }
        let hash = ContentHash.hex(content)
        let file = folder.inputs.appendingPathComponent(hash)
        do {
            if !FileManager.default.fileExists(atPath: file.path) {
                let scratch = folder.scratchFile("")
                try content.write(to: scratch)
                try moveIntoPlace(scratch, file)
            }
        } catch {
            throw RenderFailure(reason: "\(field) cannot be stored: \(error)")
        }
        return InputFile(file: file, hash: hash)
    }
}
