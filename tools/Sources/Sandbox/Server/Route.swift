import Hummingbird

/// The kinds of request the sandbox tells apart when it counts, records and misbehaves.
enum Route: String, Sendable, CaseIterable {
    case create, batch, results, effects, models, audio, delete, credits, token, list, info
    case video, upload, other
    /// The status page and `/_sandbox`: never counted, never faulted.
    case control

    /// Speaks the service's API.
    var isAPI: Bool {
        switch self {
        case .create, .batch, .results, .effects, .models, .audio, .delete, .credits, .token, .list, .info:
            true
        case .video, .upload, .other, .control: false
        }
    }

    /// Asking for a token is how a caller gets credentials.
    var needsCredentials: Bool { isAPI && self != .token }

    /// Makes a video and costs credits.
    var isCreate: Bool { self == .create || self == .batch || self == .audio }

    /// Stands for something the real service does, so faults apply and requests are recorded. Uploads and
    /// control have no counterpart there, and tests rely on them while faults are set.
    var isService: Bool { self != .control && self != .upload }
}

/// One line of the route table.
struct Endpoint: Sendable {
    let route: Route
    let method: HTTPRequest.Method
    let path: String
    let handle: @Sendable (Call) async throws -> Reply

    init(
        _ route: Route, _ method: HTTPRequest.Method, _ path: String,
        _ handle: @escaping @Sendable (Call) async throws -> Reply
    ) {
        self.route = route
        self.method = method
        self.path = path
        self.handle = handle
    }
}
