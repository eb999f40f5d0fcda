import CCurl

/// What came of an exchange.
struct Answer {
    /// libcurl's code; 0 when an HTTP answer arrived whole.
    var curlCode: Int32
    /// libcurl's words for its code; empty where they may hold credentials.
    var detail = ""
    /// What the TLS library found wrong with the certificate, in OpenSSL's numbers; 0 when that is not it.
    var certificateProblem = 0
    /// The certificate is that of a proxy.
    var isProxyCertificate = false
    /// 0 when none arrived.
    var httpStatus: Int32 = 0
    var body: [UInt8] = []
    var contentType: String?
    var contentRange: String?
    /// The status of a proxy's answer to the request for a connection; 0 when there was none.
    var proxyStatus: Int32 = 0
    /// The result of the handshake with a SOCKS proxy.
    var proxyError = CURLPX_OK
    /// Milliseconds the server asks to wait; 0 when it does not say.
    var retryAfter: Int64 = 0
    /// The server may have, and act on, some byte of the request.
    var mayHaveLeft = false
    /// The server said that it did not process the request; `curlCode` is how libcurl was kept from repeating it.
    var isRefused = false
    var isTooLarge = false

    /// Why no whole answer arrived from the server; nil when one did.
    var failure: I2VError? {
        if isForProxyCredentials { return proxyCredentialsFailure }
        guard curlCode != 0 else { return nil }
        let (status, what, isRetryable) = classify()
        let words =
            detail.isEmpty
            ? String(cString: curl_easy_strerror(CURLcode(UInt32(bitPattern: curlCode)))) : detail
        return I2VError(
            status, isRefused ? "\(what)" : "\(what): \(words)", httpStatus: httpStatus, curlCode: curlCode,
            isRetryable: isRetryable, charge: mayHaveLeft ? .possible : .none)
    }

    /// A proxy wants credentials, or others than it got. An HTTP proxy that is not asked for a tunnel says so in
    /// its own answer to the request, which it has not passed on.
    var isForProxyCredentials: Bool {
        httpStatus == 407 || proxyStatus == 407 || proxyError == CURLPX_NO_AUTH
            || proxyError == CURLPX_USER_REJECTED
    }

    private var proxyCredentialsFailure: I2VError {
        I2VError(
            .connect,
            "the proxy wants a user name and password, or others than those in its address; set proxy to an "
                + "address with the right ones",
            field: "proxy", httpStatus: httpStatus == 407 || proxyStatus == 407 ? 407 : 0, curlCode: curlCode)
    }

    /// Milliseconds that a Retry-After header asks for, in seconds or as a date: a day at most, which is longer
    /// than anything waits.
    static func delay(_ header: String) -> Int64 {
        let digits = header.utf8.prefix { $0 >= 0x30 && $0 <= 0x39 }
        if digits.count < header.utf8.count {
            let date = Int64(curl_getdate(header, nil))
            if date >= 0 { return min(max(0, date - WallClock.now / 1000), 86_400) * 1000 }
        }
        return digits.reduce(0) { min($0 * 10 + Int64($1 - 0x30), 86_400) } * 1000
    }

    /// No connection came about, though the address took it: another may do better.
    var hangsOrBreaks: Bool {
        switch CURLcode(UInt32(bitPattern: curlCode)) {
        case CURLE_OPERATION_TIMEDOUT, CURLE_SSL_CONNECT_ERROR, CURLE_RECV_ERROR, CURLE_SEND_ERROR,
            CURLE_GOT_NOTHING:
            return true
        default: return false
        }
    }

    /// The two sides have no version of TLS in common, which no other try changes.
    private var hasNoCommonTLS: Bool {
        detail.utf8.names("alert protocol version") || detail.utf8.names("unsupported protocol")
            || detail.utf8.names("no protocols available") || detail.utf8.names("insufficient security")
    }

    private func classify() -> (Status, String, isRetryable: Bool) {
        if isTooLarge { return (.tooLarge, "the answer is larger than accepted", false) }
        if isRefused { return (.network, "the server refused the request before it processed it", true) }
        switch CURLcode(UInt32(bitPattern: curlCode)) {
        case CURLE_PROXY where proxyError == CURLPX_RESOLVE_HOST:
            return (.resolve, "the host's name cannot be resolved", true)
        case CURLE_COULDNT_RESOLVE_HOST: return (.resolve, "the host's name cannot be resolved", true)
        case CURLE_COULDNT_RESOLVE_PROXY: return (.resolve, "the proxy's name cannot be resolved", true)
        case CURLE_COULDNT_CONNECT: return (.connect, "the host cannot be reached", true)
        case CURLE_SSL_CONNECT_ERROR: return (.tls, "the TLS handshake failed", !hasNoCommonTLS)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            let whose = isProxyCertificate ? "proxy" : "server"
            return (.tls, "the \(whose)'s certificate is not accepted\(certificateWords)", false)
        case CURLE_SSL_CACERT_BADFILE: return (.tls, "ca_file cannot be read", false)
        case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ENGINE_NOTFOUND,
            CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED, CURLE_USE_SSL_FAILED:
            return (.tls, "TLS cannot be used", false)
        case CURLE_OPERATION_TIMEDOUT:
            return mayHaveLeft
                ? (.network, "no whole answer came in time", true)
                : (.connect, "no connection came in time", true)
        case CURLE_TOO_MANY_REDIRECTS: return (.http, "the server redirects without end", false)
        case CURLE_UNSUPPORTED_PROTOCOL where httpStatus == 0:
            // The rest of an answer before, which was longer than its server said, looks like this, too.
            return (.network, "the answer is not HTTP", true)
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT:
            return (.protocol, "the address cannot be used", false)
        case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT: return (.system, "libcurl cannot start", false)
        default:
            if mayHaveLeft { return (.network, "the connection broke", true) }
            return (.connect, "no connection could be made\(proxyWords)", true)
        }
    }

    private var proxyWords: String {
        proxyStatus == 0 || (200..<300).contains(proxyStatus)
            ? "" : ", since the proxy answered HTTP \(proxyStatus)"
    }

    /// In plain words, before the TLS library's own. Names are checked before libcurl notes a number: it is
    /// still 1 then. The numbers of other libraries than OpenSSL mean none of the rest.
    private var certificateWords: String {
        switch certificateProblem {
        case 9: return ", since it is not valid yet (or this machine's clock is slow)"
        case 10: return ", since it has expired (or this machine's clock is fast)"
        case 18: return ", since the server signed it itself; if that is right, set ca_file to it"
        case 19, 20, 21: return ", since nobody trusted here issued it; for a private authority set ca_file"
        case 0, 1: return ", since it is for another host"
        default: return ""
        }
    }
}

extension Collection<UInt8> {
    /// Whether libcurl, or a library of its, says this somewhere in its words.
    func names(_ part: StaticString) -> Bool {
        let part = UnsafeBufferPointer(start: part.utf8Start, count: part.utf8CodeUnitCount)
        return indices.contains { self[$0...].starts(with: part) }
    }
}
