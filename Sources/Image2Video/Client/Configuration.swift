/// What a client is made with.
public struct Configuration: Sendable {
    public static let defaultBaseURL = "https://openapi.akool.com"

    /// Exactly one of these two.
    public var apiKey: String?
    public var bearerToken: String?
    public var baseURL = Configuration.defaultBaseURL
    /// A PEM file of authorities to trust instead of the system's.
    public var caFile: String?
    /// nil leaves it to the environment; empty means none.
    public var proxy: String?
    public var userAgent = "image2video/" + Version.text
    /// Milliseconds, like every span here.
    public var connectTimeout: Int64 = 10_000
    public var requestTimeout: Int64 = 60_000
    public var stallTimeout: Int64 = 30_000
    public var jobDeadline: Int64 = 3_600_000
    public var pollInterval = PollInterval.standard
    public var pollListSize: Int64 = 50
    public var maxRequests: Int64 = 8
    public var maxDownloads: Int64 = 4
    public var delivery = Delivery.dispatch
    public var log = Log.off

    public init() {}

    /// Checks every field, and the way they go together.
    func validate() throws(I2VError) {
        try checkCredentials()
        guard let url = WebURL(baseURL) else {
            throw .invalid("base_url", "base_url is not an absolute http or https URL")
        }
        if url.hasCredentials || url.hasQueryOrFragment {
            throw .invalid("base_url", "base_url has a user name, a query or a fragment")
        }
        if !Self.isHeaderValue(userAgent) {
            throw .invalid("user_agent", "user_agent has control characters")
        }
        try Limit.connectTimeout.check(connectTimeout)
        try Limit.requestTimeout.check(requestTimeout)
        try Limit.stallTimeout.check(stallTimeout)
        try Limit.jobDeadline.check(jobDeadline)
        try Limit.pollListSize.check(pollListSize)
        try Limit.maxRequests.check(maxRequests)
        try Limit.maxDownloads.check(maxDownloads)
    }

    private func checkCredentials() throws(I2VError) {
        if apiKey != nil && bearerToken != nil {
            throw .invalid("bearer_token", "api_key and bearer_token are both set; the service takes one")
        }
        guard let secret else {
            throw .invalid("api_key", "neither api_key nor bearer_token is set")
        }
        let field = apiKey != nil ? "api_key" : "bearer_token"
        if secret.isEmpty { throw .invalid(field, "\(field) is empty") }
        if !Self.isHeaderValue(secret) {
            throw .invalid(field, "\(field) has characters a header cannot carry")
        }
    }

    /// The credential, to be kept out of everything but its header.
    var secret: String? { apiKey ?? bearerToken }

    var credentialHeader: String {
        if let apiKey { return "x-api-key: \(apiKey)" }
        return "Authorization: Bearer \(bearerToken ?? "")"
    }

    /// The service's address with the given route after it.
    func url(of endpoint: Endpoint) -> String {
        var base = baseURL
        while base.utf8.last == UInt8(ascii: "/") { base.removeLast() }
        return base + endpoint.path
    }

    public static func isHeaderValue(_ text: String) -> Bool {
        !text.utf8.contains { $0 < 0x20 || $0 == 0x7f }
    }
}

extension Limit {
    public static var queryTimeout: Limit { Limit(field: "milliseconds", range: 1...3_600_000) }
    public static var connectTimeout: Limit { Limit(field: "connect_timeout", range: 1...600_000) }
    public static var requestTimeout: Limit { Limit(field: "request_timeout", range: 1...3_600_000) }
    public static var stallTimeout: Limit { Limit(field: "stall_timeout", range: 1_000...3_600_000) }
    public static var jobDeadline: Limit { Limit(field: "job_deadline", range: 1...604_800_000) }
    public static var pollListSize: Limit { Limit(field: "poll_list_size", range: 1...1_000) }
    public static var maxRequests: Limit { Limit(field: "max_requests", range: 1...256) }
    public static var maxDownloads: Limit { Limit(field: "max_downloads", range: 1...256) }
}
