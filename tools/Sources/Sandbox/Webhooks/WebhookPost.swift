import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// One POST to a receiver.
struct WebhookPost: Sendable {
    /// The HTTP status of the answer, or why there was none.
    func send(_ body: Data, to url: URL) async -> JSON {
        var request = URLRequest(url: url, cachePolicy: .reloadIgnoringLocalCacheData, timeoutInterval: 10)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = body
        do {
            let (_, response) = try await URLSession.shared.data(for: request, delegate: NoRedirects())
            guard let status = (response as? HTTPURLResponse)?.statusCode else { return "no HTTP answer" }
            return .int(status)
        } catch {
            return .string("no answer: \(error.localizedDescription)")
        }
    }
}

/// Keeps a receiver from sending us on to another machine; and a redirect is not the 200 that counts.
private final class NoRedirects: NSObject, URLSessionTaskDelegate {
    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}
