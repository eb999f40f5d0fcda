import AsyncHTTPClient
import Foundation

/// One POST to a receiver. A redirect is not the 200 that counts, and is not followed.
struct WebhookPost: Sendable {
    /// The HTTP status of the answer, or why there was none.
    func send(_ body: Data, to url: URL) async -> JSON {
        var request = HTTPClientRequest(url: url.absoluteString)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(body)
        do {
            return .int(Int(try await HTTPClient.local.execute(request, timeout: .seconds(10)).status.code))
        } catch {
            return .string("no answer: \(error)")
        }
    }
}

extension HTTPClient {
    /// Follows nothing, and asks each time anew: what it talks to may have gone and come back.
    static let local: HTTPClient = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.connectionPool.idleTimeout = .milliseconds(100)
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
}
