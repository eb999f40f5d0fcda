/// What a client is made with.
public struct Configuration: Sendable {
    public static let defaultBaseURL = "https://openapi.akool.com"

    /// Exactly one of these three: a key, a token, or the id and secret that a token is fetched with.
    public var apiKey: String?
    public var bearerToken: String?
    public var clientID: String?
    public var clientSecret: String?
    public var baseURL = Configuration.defaultBaseURL
    /// A PEM file of authorities to trust instead of the system's.
    public var caFile: String?
    /// The address of a proxy: `[scheme://][user[:password]@]host[:port]`, with the schemes http, https, socks4,
    /// socks4a, socks5 and socks5h. nil leaves it to the environment; empty means none.
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
    /// API requests a second, and after a quiet time twice as many at once.
    public var maxRate = 50.0
    /// Operations under way, counted until the host was told of their end.
    public var maxJobs: Int64 = 10_000
    public var maxVideoBytes: Int64 = 4 << 30
    /// The file that keeps what was submitted; none by default.
    public var ledger: String?
    /// Whether nothing may be submitted that cannot be written down.
    public var isLedgerRequired = true
    /// The most credits that the client's submits may take together; nil does not bound them.
    public var maxCredits: Double?
    public var expiryWarning: ExpiryWarning?
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
        try Limit.maxJobs.check(maxJobs)
        try Limit.maxVideoBytes.check(maxVideoBytes)
        try Self.checkMaxRate(maxRate)
        if let maxCredits { try Self.checkMaxCredits(maxCredits) }
        if let expiryWarning { try Limit.expiryWarning.check(expiryWarning.span) }
    }

    public static func checkMaxRate(_ rate: Double) throws(I2VError) {
        guard rate >= 0.01, rate <= 100_000 else {
            throw .invalid("max_rate", "max_rate can be from 0.01 to 100000 requests a second")
        }
    }

    public static func checkMaxCredits(_ credits: Double) throws(I2VError) {
        guard credits >= 0, credits.isFinite else {
            throw .invalid("max_credits", "max_credits is negative or no number")
        }
    }

    private func checkCredentials() throws(I2VError) {
        let given: [(field: String, value: String?)] = [
            ("api_key", apiKey), ("bearer_token", bearerToken), ("client_secret", clientSecret),
        ].filter { $0.1 != nil }
        guard let first = given.first else {
            throw .invalid("api_key", "none of api_key, bearer_token and client_secret is set")
        }
        if given.count > 1 {
            throw .invalid(
                given[1].field, "\(first.field) and \(given[1].field) are both set; the service takes one")
        }
        if first.value?.isEmpty != false { throw .invalid(first.field, "\(first.field) is empty") }
        if clientSecret != nil {
            if clientID?.isEmpty != false { throw .invalid("client_id", "client_id is missing") }
        } else if let value = first.value, !Self.isHeaderValue(value) {
            throw .invalid(first.field, "\(first.field) has characters a header cannot carry")
        }
    }

    /// What must never be seen outside of the request that carries it.
    var secrets: [String] { [apiKey, bearerToken, clientSecret].compactMap { $0 } }

    /// The one credential of a request; nil while the token that it needs is not there.
    func credentialHeader(token: String?) -> String? {
        if let apiKey { return "x-api-key: \(apiKey)" }
        return (bearerToken ?? token).map { "Authorization: Bearer \($0)" }
    }

    /// The service's address without slashes at its end: the same however the host wrote it.
    var baseAddress: String {
        var base = baseURL.utf8[...]
        while base.last == UInt8(ascii: "/") { base.removeLast() }
        return String(decoding: base, as: UTF8.self)
    }

    func url(of endpoint: Endpoint) -> String { baseAddress + endpoint.path }

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
    public static var expiryWarning: Limit { Limit(field: "expiry_warning", range: 1...604_800_000) }
    public static var maxRequests: Limit { Limit(field: "max_requests", range: 1...256) }
    public static var maxDownloads: Limit { Limit(field: "max_downloads", range: 1...256) }
    public static var maxJobs: Limit { Limit(field: "max_jobs", range: 1...10_000_000) }
    public static var maxVideoBytes: Limit {
        Limit(field: "max_video_bytes", range: 1...(1 << 50))
    }
}
