/// The service's routes, and what it means to ask one of them twice.
enum Endpoint: Sendable {
    case create
    case createBatch
    case results

    var path: String {
        switch self {
        case .create: return "/api/open/v4/image2Video/createBySourcePrompt"
        case .createBatch: return "/api/open/v4/image2Video/createBySourcePrompt/batch"
        case .results: return "/api/open/v4/image2Video/resultsByIds"
        }
    }

    /// Asking again makes, and charges, something again.
    var creates: Bool {
        switch self {
        case .create, .createBatch: return true
        case .results: return false
        }
    }
}

/// One request to the service, ready to be sent.
struct APICall: Sendable {
    let endpoint: Endpoint
    let body: [UInt8]
}
