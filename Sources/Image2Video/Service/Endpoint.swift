/// The service's routes, and what it means to ask one of them twice.
enum Endpoint: Sendable {
    case create
    case createBatch
    case updateAudio
    case results
    case delete
    case effects
    case models
    case credits
    case list
    case token

    var path: String {
        switch self {
        case .create: return "/api/open/v4/image2Video/createBySourcePrompt"
        case .createBatch: return "/api/open/v4/image2Video/createBySourcePrompt/batch"
        case .updateAudio: return "/api/open/v4/image2Video/updateVideoAudio"
        case .results: return "/api/open/v4/image2Video/resultsByIds"
        case .delete: return "/api/open/v4/image2Video/delbyids"
        case .effects: return "/api/open/v4/image2Video/effects"
        case .models: return "/api/open/v4/aigModel/list"
        case .credits: return "/api/open/v3/faceswap/quota/info"
        case .list: return "/api/open/v3/content/video/list"
        case .token: return "/api/open/v3/getToken"
        }
    }

    /// Asking again makes, and charges, something again.
    var creates: Bool {
        switch self {
        case .create, .createBatch, .updateAudio: return true
        case .results, .delete, .effects, .models, .credits, .list, .token: return false
        }
    }

    /// The most bytes of an answer that are read: several times what the largest one can need, and so little
    /// that many at once fill no memory.
    var answerLimit: Int {
        switch self {
        case .create, .createBatch, .updateAudio, .delete, .credits, .token: return 1 << 20
        case .results: return 4 << 20
        case .effects, .models, .list: return 8 << 20
        }
    }
}

/// One request to the service, ready to be sent.
struct APICall: Sendable {
    let endpoint: Endpoint
    /// What follows the path, question mark included.
    var query = ""
    /// JSON to post; none makes it a GET.
    var body: [UInt8]?

    /// The same for fewer videos, where it was written for several.
    func asking(for count: Int, of all: Int) -> APICall? {
        guard count != all else { return self }
        guard let text = body, let json = JSON(parsing: text) else { return nil }
        json.set("count", Int64(count))
        return APICall(endpoint: endpoint, query: query, body: Array(json.text.utf8))
    }

    var name: String { "\(body == nil ? "GET" : "POST") \(endpoint.path)" }
}
