import CCurl

/// The address of a proxy, taken apart by libcurl's own parser, so that what is checked here is what is
/// connected to later.
struct ProxyAddress: Sendable {
    private static let schemes = "http, https, socks4, socks4a, socks5, socks5h"

    /// With a scheme: where there is none, libcurl would guess it from the host's name.
    let text: String
    /// The user name and the password, as they are spelled in the address and decoded.
    let secrets: [String]

    /// Says what is wrong with an address, never what it is: a mistake may leave the password anywhere in it.
    private struct Mistake: Error {
        let words: String
    }

    /// `name` is what the address is called in errors.
    init(_ address: String, name: String) throws(I2VError) {
        do {
            self = try Self.parsed(address)
        } catch {
            throw .invalid("proxy", "\(name) is not the address of a proxy: \(error.words)")
        }
    }

    private init(text: String, secrets: [String]) {
        (self.text, self.secrets) = (text, secrets)
    }

    private static func parsed(_ address: String) throws(Mistake) -> ProxyAddress {
        guard !address.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }) else {
            throw Mistake(words: "it has spaces or control characters")
        }
        let text = hasScheme(address) ? address : "http://" + address
        guard let url = curl_url() else { throw Mistake(words: "libcurl has no memory") }
        defer { curl_url_cleanup(url) }
        let code = curl_url_set(url, CURLUPART_URL, text, UInt32(CURLU_NON_SUPPORT_SCHEME))
        guard code == CURLUE_OK else { throw Mistake(words: String(cString: curl_url_strerror(code))) }
        try checkParts(of: url)
        return ProxyAddress(text: text, secrets: try credentials(in: url))
    }

    private static func checkParts(of url: OpaquePointer) throws(Mistake) {
        guard let scheme = part(url, CURLUPART_SCHEME), isKnown(scheme) else {
            throw Mistake(words: "its scheme is not one of \(schemes)")
        }
        guard let host = part(url, CURLUPART_HOST), !host.isEmpty else {
            throw Mistake(words: "it has no host")
        }
        if part(url, CURLUPART_PORT) == "0" { throw Mistake(words: "its port is not from 1 to 65535") }
        // Where libcurl takes the way to a local socket, a path is part of the address.
        let takesPath = host == "localhost" && scheme.utf8.starts(with: "socks5".utf8)
        guard takesPath || (part(url, CURLUPART_PATH) ?? "/") == "/", part(url, CURLUPART_QUERY) == nil,
            part(url, CURLUPART_FRAGMENT) == nil
        else {
            throw Mistake(
                words: "it has a path, a query or a fragment (in a user name or a password "
                    + "/, ? and # are written %2F, %3F and %23)")
        }
    }

    private static func isKnown(_ scheme: String) -> Bool {
        switch scheme {
        // libcurl takes "socks" for socks4.
        case "http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h": return true
        default: return false
        }
    }

    private static func hasScheme(_ address: String) -> Bool {
        let bytes = Array(address.utf8)
        return bytes.indices.contains { bytes[$0...].starts(with: "://".utf8) }
    }

    private static func credentials(in url: OpaquePointer) throws(Mistake) -> [String] {
        var found: [String] = []
        for what in [CURLUPART_USER, CURLUPART_PASSWORD] {
            guard let spelled = part(url, what), !spelled.isEmpty else { continue }
            guard let decoded = part(url, what, UInt32(CURLU_URLDECODE)), decoded.utf8.count <= 255 else {
                throw Mistake(
                    words: "its user name or password has control characters or more than 255 bytes")
            }
            found += [spelled, decoded]
        }
        return found
    }

    private static func part(_ url: OpaquePointer, _ what: CURLUPart, _ flags: UInt32 = 0) -> String? {
        var value: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, what, &value, flags) == CURLUE_OK, let value else { return nil }
        defer { curl_free(value) }
        return String(cString: value)
    }
}

/// The proxies that a client may use: the one that the host names, or those of the environment, which libcurl
/// then reads itself.
struct Proxies: Sendable {
    /// nil leaves it to the environment; empty means none.
    let address: String?
    private let secrets: [String]

    init(_ configured: String?) throws(I2VError) {
        if let configured {
            let its = configured.isEmpty ? nil : try ProxyAddress(configured, name: "proxy")
            (address, secrets) = (its?.text ?? "", its?.secrets ?? [])
            return
        }
        var found: [String] = []
        for variable in try Self.environment() {
            found += try ProxyAddress(variable.value, name: "\(variable.name) in the environment").secrets
        }
        (address, secrets) = (nil, found)
    }

    /// The variables of the environment that libcurl reads.
    private static func environment() throws(I2VError) -> [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            if let value = try Configuration.variable(name) { found.append((name, value)) }
        }
        return found
    }

    /// libcurl's words for what went wrong; nil where they may hold a user name or a password, of a proxy or of
    /// any other address.
    func harmless(_ words: String) -> String? {
        let bytes = Array(words.utf8)
        guard !bytes.contains(UInt8(ascii: "@")), let quotable else { return nil }
        let isFound = (secrets + quotable).contains { secret in
            // libcurl cuts off what is too long for it.
            bytes.indices.contains { bytes[$0...].starts(with: secret.utf8.prefix(100)) }
        }
        return isFound ? nil : words
    }

    /// Addresses that nobody has checked: the environment may have changed since the client was made, and libcurl
    /// quotes one that it cannot use. nil when they cannot be read.
    private var quotable: [String]? {
        address == nil ? (try? Self.environment())?.map { $0.value } : []
    }
}
