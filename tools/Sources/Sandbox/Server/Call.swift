import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The framework's request context plus the connection, which faults close by hand.
struct CallContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// One request, with its body read: all a handler gets to see.
struct Call: Sendable {
    let route: Route
    let request: Request
    let context: CallContext
    let body: Data
    /// The number it has in the book of arrivals, if it may make a video.
    let arrival: Int?

    var method: String { request.method.rawValue }
    var path: String { request.uri.path }

    /// This server as the caller reached it, for the absolute URLs in replies.
    var origin: String { "http://\(request.head.authority ?? "127.0.0.1")" }

    func header(_ name: String) -> String? {
        HTTPField.Name(name).flatMap { request.headers[$0] }
    }

    func query(_ name: String) -> String? {
        request.uri.queryParameters[Substring(name)].map(String.init)
    }

    /// All values of a parameter whose name may be percent-encoded, as brackets often are.
    func queryValues(_ name: String) -> [String] {
        request.uri.queryParameters.compactMap { key, value in
            String(key).removingPercentEncoding == name ? String(value) : nil
        }
    }

    /// The last segment of the path, percent-decoded: the file or job that a site route is about.
    var leaf: String {
        let last = path.split(separator: "/").last.map(String.init) ?? ""
        return last.removingPercentEncoding ?? last
    }
}
