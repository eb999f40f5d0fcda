import CCurl

/// An absolute http or https URL, taken apart by libcurl's own parser, so that what is checked here is what
/// is connected to later.
struct WebURL: Sendable {
    let scheme: String
    let host: String
    /// With the port in it when it is not the scheme's own.
    let authority: String
    let path: String
    let hasCredentials: Bool
    let hasQueryOrFragment: Bool

    init?(_ text: String) {
        guard let url = curl_url() else { return nil }
        defer { curl_url_cleanup(url) }
        // libcurl forgives a wrong number of slashes; a host that makes such a mistake wants to hear of it.
        guard !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }), Self.namesHost(text),
            curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK,
            let scheme = Self.part(url, CURLUPART_SCHEME), scheme == "http" || scheme == "https",
            let host = Self.part(url, CURLUPART_HOST), !host.isEmpty
        else { return nil }
        self.scheme = scheme
        self.host = host
        let port = Self.part(url, CURLUPART_PORT)
        authority = port.map { "\(host):\($0)" } ?? host
        path = Self.part(url, CURLUPART_PATH) ?? "/"
        hasCredentials = Self.part(url, CURLUPART_USER) != nil || Self.part(url, CURLUPART_PASSWORD) != nil
        hasQueryOrFragment =
            Self.part(url, CURLUPART_QUERY) != nil || Self.part(url, CURLUPART_FRAGMENT) != nil
    }

    private static func namesHost(_ text: String) -> Bool {
        let bytes = text.utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return false }
        let rest = Array(bytes[bytes.index(after: colon)...].prefix(3))
        return rest.count == 3 && rest[0] == UInt8(ascii: "/") && rest[1] == UInt8(ascii: "/")
            && rest[2] != UInt8(ascii: "/")
    }

    private static func part(_ url: OpaquePointer, _ what: CURLUPart) -> String? {
        var value: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, what, &value, 0) == CURLUE_OK, let value else { return nil }
        defer { curl_free(value) }
        return String(cString: value)
    }

    /// The beginning of a URL up to its path: the same for all that is asked of one server.
    static func origin(of url: String) -> String {
        var slashes = 0
        for index in url.utf8.indices {
            switch url.utf8[index] {
            case UInt8(ascii: "/"): slashes += 1
            case UInt8(ascii: "?"), UInt8(ascii: "#"): slashes = 3
            default: continue
            }
            if slashes >= 3 { return String(url[..<index]) }
        }
        return url
    }
}
