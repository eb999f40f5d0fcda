import CCurl
import CSystem

/// One HTTP request and its answer.
final class Exchange {
    enum Method {
        case get
        case post([UInt8])
    }

    /// What is limited together.
    enum Lane: Int {
        case api = 0
        case download = 1
    }

    struct Request {
        var lane: Lane
        var method: Method
        var url: String
        var headers: [String] = []
        /// Milliseconds for the whole exchange; 0 does not bound it.
        var timeout: Int64 = 0
        /// Milliseconds that hardly any bytes may come for; 0 does not bound them.
        var stallTimeout: Int64 = 0
        var followsRedirects = false
        /// Goes before what is waiting in its lane.
        var isUrgent = false
        /// It costs money: it leaves with a permit only, and once, so libcurl must not send it again either. It has
        /// a connection of its own, and that only for itself.
        var isPaid = false
        /// The largest body that is collected.
        var bodyLimit = 8 << 20
    }

    enum State {
        case idle
        case waiting
        /// Its turn has come, and it has a place; it costs money and has no permit yet.
        case admitted
        case active
        case finished
    }

    private(set) var request: Request
    /// Takes the body of an answer as it comes; false breaks off. Without it the body is collected.
    var onBody: ((_ bytes: UnsafeRawBufferPointer, _ exchange: Exchange) -> Bool)?
    private(set) var onAnswer: ((Answer) -> Void)?
    /// Called when the turn of a paid exchange has come: `Transport.send` with a permit puts it on the wire.
    var onAdmitted: (() -> Void)?
    /// Whether a collected body needs nothing more, however its connection ended.
    var isWhole: ((_ body: [UInt8]) -> Bool)?
    /// The state kept for the host.
    var peer: Peer?
    /// Gives, when its turn has come, the headers that cannot be told before; without them it does not go.
    var onTurn: (() -> [String]?)?

    var state = State.idle
    /// Takes one of its lane's places.
    var isCounted = false
    /// Whom it is for, as far as limits go.
    let host: String
    /// When it began to wait.
    var since = Instant(milliseconds: 0)
    /// It shows whether a host that was left alone is well again.
    var isTrial = false
    private var easy: UnsafeMutableRawPointer?
    var handle: UnsafeMutableRawPointer? { easy }
    private var multi: UnsafeMutableRawPointer?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private let detail = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var sentBody = 0
    private var received: [UInt8] = []
    private var isTooLarge = false
    /// How often libcurl had a connection to the server and began to send.
    private var beginnings = 0
    /// Bytes that libcurl had counted when it first did: proxies were asked for a tunnel with them.
    private var sizeBefore = 0
    /// The first header of an answer has arrived.
    private var hasAnswer = false
    /// The server said that it processed nothing of it.
    private var isRefused = false
    private var hasLeft = false
    private var proxies: Proxies?
    /// The addresses that libcurl connects to, and whether it was kept from one.
    private var addresses: [String] = []
    private var hasPassedOver = false
    private var takesAnyAddress = false

    init(_ request: Request, onAnswer: @escaping (Answer) -> Void) {
        self.request = request
        host = WebURL.origin(of: request.url)
        self.onAnswer = onAnswer
        detail.pointee = 0
    }

    deinit {
        close()
        detail.deallocate()
    }

    /// The server may have, and act on, some byte of the request: one was handed to a connection that reached
    /// it, through proxies and TLS, and the server did not say that it processed none of it.
    var mayHaveLeft: Bool {
        if hasLeft { return true }
        guard let easy, beginnings > 0, !isRefused else { return false }
        return sentBody > 0 || Self.long(easy, CURLINFO_REQUEST_SIZE) > sizeBefore
    }

    /// Gives libcurl's handle up. Nothing is called afterwards.
    func close() {
        onAnswer = nil
        onBody = nil
        onAdmitted = nil
        onTurn = nil
        isWhole = nil
        if let easy {
            hasLeft = mayHaveLeft
            curl_easy_cleanup(easy)
        }
        (easy, multi) = (nil, nil)
        curl_slist_free_all(headerList)
        headerList = nil
        state = .finished
    }

    /// Hands the answer to whoever asked.
    func finish(_ answer: Answer) {
        let handler = onAnswer
        close()
        handler?(answer)
    }

    func answer(_ code: CURLcode) -> Answer {
        guard let easy else {
            return Answer(curlCode: Int32(bitPattern: code.rawValue), detail: "libcurl has no handle to give")
        }
        let status = httpStatus
        // The server says that it did nothing, and why: the connection is the wrong one for that host, or too new.
        let isRefused = isRefused || status == 421 || status == 425
        let proxyProblem = Self.long(easy, CURLINFO_PROXY_SSL_VERIFYRESULT)
        var answer = Answer(
            curlCode: Int32(bitPattern: code.rawValue),
            detail: proxies?.harmless(String(cString: detail)) ?? "",
            certificateProblem: proxyProblem != 0 ? proxyProblem : Self.long(easy, CURLINFO_SSL_VERIFYRESULT),
            isProxyCertificate: proxyProblem != 0, httpStatus: status,
            contentType: contentType, contentRange: header("Content-Range"),
            proxyStatus: Int32(truncatingIfNeeded: Self.long(easy, CURLINFO_HTTP_CONNECTCODE)),
            proxyError: CURLproxycode(UInt32(truncatingIfNeeded: Self.long(easy, CURLINFO_PROXY_ERROR))),
            retryAfter: header("Retry-After").map { Answer.delay($0) } ?? 0,
            mayHaveLeft: mayHaveLeft && !isRefused, isRefused: isRefused, isTooLarge: isTooLarge)
        if onBody == nil { complete(&answer) }
        return answer
    }

    private func complete(_ answer: inout Answer) {
        guard let body = Inflate.plain(received, limit: request.bodyLimit) else {
            answer.isTooLarge = true
            answer.curlCode = Int32(bitPattern: CURLE_WRITE_ERROR.rawValue)
            return
        }
        answer.body = body
        // A whole answer counts, however its connection ended.
        if answer.curlCode != 0, !isTooLarge, answer.httpStatus > 0, isWhole?(body) == true {
            answer.curlCode = 0
        }
    }

    /// Tells the next requests to the host what this one met with.
    func teach(_ answer: Answer) {
        guard let peer, let easy else { return }
        if answer.httpStatus == 421 || answer.httpStatus == 425 { peer.wantsNewConnection = true }
        if answer.curlCode != 0, answer.httpStatus == 0, !answer.isRefused { peer.wantsHTTP1 = false }
        let address = Self.text(easy, CURLINFO_PRIMARY_IP) ?? ""
        if beginnings > 0 {
            // Those that were tried before it.
            guard addresses.contains(address) else { return }
            for other in addresses where other != address { peer.avoid(other) }
        } else if answer.hangsOrBreaks, Self.long(easy, CURLINFO_REQUEST_SIZE) == 0 {
            // Not that of a proxy that was asked for a tunnel: it is well. Where none took a connection, the last had
            // little time.
            let hanging = addresses.count > 1 ? Array(addresses.dropLast()) : addresses
            for other in address.isEmpty ? hanging : [address] { peer.avoid(other) }
        }
    }

    /// No address can be reached but, perhaps, those that libcurl was kept from. It may go on with them, once.
    func needsAnyAddress(_ code: CURLcode) -> Bool {
        guard code == CURLE_COULDNT_CONNECT, hasPassedOver, beginnings == 0, !takesAnyAddress else {
            return false
        }
        peer?.avoidNone()
        takesAnyAddress = true
        addresses = []
        return true
    }

    /// 0 before there is an answer.
    var httpStatus: Int32 {
        easy.map { Int32(truncatingIfNeeded: Self.long($0, CURLINFO_RESPONSE_CODE)) } ?? 0
    }

    /// The length that the answer announces for its body; -1 when it does not say.
    var contentLength: Int64 {
        var length: curl_off_t = -1
        if let easy { _ = i2v_curl_get_offset(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length) }
        return Int64(length)
    }

    var contentType: String? { easy.flatMap { Self.text($0, CURLINFO_CONTENT_TYPE) } }

    /// A header of the answer.
    func header(_ name: StaticString) -> String? {
        let name = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        return easy.flatMap { i2v_curl_get_header($0, name) }.map { String(cString: $0) }
    }

    private static func long(_ easy: UnsafeMutableRawPointer, _ info: CURLINFO) -> Int {
        var value = 0
        _ = i2v_curl_get_long(easy, info, &value)
        return value
    }

    private static func text(_ easy: UnsafeMutableRawPointer, _ info: CURLINFO) -> String? {
        var value: UnsafeMutablePointer<CChar>?
        _ = i2v_curl_get_text(easy, info, &value)
        return value.map { String(cString: $0) }
    }

    // MARK: Setting up

    /// A handle of libcurl's that carries this request.
    func open(
        _ settings: Transport.Settings, _ share: UnsafeMutableRawPointer?, for multi: UnsafeMutableRawPointer?
    ) -> UnsafeMutableRawPointer? {
        if let onTurn {
            guard let headers = onTurn() else { return nil }
            request.headers += headers
        }
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        proxies = settings.proxies
        self.multi = multi
        if let share { _ = i2v_curl_set_pointer(easy, CURLOPT_SHARE, share) }
        setConnection(easy, settings)
        setRequest(easy)
        setAnswer(easy)
        return easy
    }

    private func setConnection(_ easy: UnsafeMutableRawPointer, _ settings: Transport.Settings) {
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_QUICK_EXIT, 1)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        // What began under TLS does not go on without.
        let isSecure = request.url.utf8.starts(with: "https:".utf8)
        set(CURLOPT_REDIR_PROTOCOLS_STR, isSecure ? "https" : "http,https")
        let isOld = peer?.wantsHTTP1 == true
        set(CURLOPT_HTTP_VERSION, Int(isOld ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS))
        // Over TLS the handshake tells at once whether requests can share a connection. Without it, waiting
        // for that would mean waiting for the first answer.
        if isSecure { set(CURLOPT_PIPEWAIT, 1) }
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_CONNECTTIMEOUT_MS, Int(settings.connectTimeout))
        setReuse(easy, isSecure)
        _ = i2v_curl_set_prereq_fn(easy, exchangeBegin)
        _ = i2v_curl_set_pointer(easy, CURLOPT_PREREQDATA, context)
        _ = i2v_curl_set_open_socket_fn(easy, exchangeOpenSocket)
        _ = i2v_curl_set_pointer(easy, CURLOPT_OPENSOCKETDATA, context)
        set(CURLOPT_USERAGENT, settings.userAgent)
        if let file = settings.caFile {
            set(CURLOPT_CAINFO, file)
            _ = i2v_curl_set_text(easy, CURLOPT_CAPATH, nil)
            set(CURLOPT_PROXY_CAINFO, file)
            _ = i2v_curl_set_text(easy, CURLOPT_PROXY_CAPATH, nil)
        }
        if let proxy = settings.proxies.address { set(CURLOPT_PROXY, proxy) }
    }

    /// A connection is kept only once an answer over HTTP/2 is on it, where each answer names its request.
    /// Over HTTP/1.1, a late or second answer would pass for that to the next request, and libcurl does not
    /// always notice it.
    ///
    /// A request that must not be sent twice has a connection of its own from the beginning to the end. Then
    /// libcurl sends it again only if the server said that it did not process it: the other reason, a kept
    /// connection that turns out to be dead, is none. Other requests cannot join it, since libcurl takes the
    /// highest version of TLS that is named as such for another setting than the one that is not named.
    private func setReuse(_ easy: UnsafeMutableRawPointer, _ isSecure: Bool) {
        set(CURLOPT_FORBID_REUSE, 1)
        guard request.isPaid else {
            if peer?.wantsNewConnection == true { set(CURLOPT_FRESH_CONNECT, 1) }
            peer?.wantsNewConnection = false
            return
        }
        set(CURLOPT_FRESH_CONNECT, 1)
        if isSecure { set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_MAX_DEFAULT)) }
    }

    private func setRequest(_ easy: UnsafeMutableRawPointer) {
        set(CURLOPT_URL, request.url)
        var headers = request.headers
        if case .post(let body) = request.method {
            headers.append("Content-Type: application/json")
            headers.append("Expect:")
            set(CURLOPT_POST, 1)
            _ = i2v_curl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
            // The body goes through a callback, never through POSTFIELDS: only a body that libcurl cannot
            // rewind by itself is one that it cannot send twice by itself.
            _ = i2v_curl_set_data_fn(easy, CURLOPT_READFUNCTION, exchangeRead)
            _ = i2v_curl_set_pointer(easy, CURLOPT_READDATA, context)
            _ = i2v_curl_set_seek_fn(easy, exchangeSeek)
            _ = i2v_curl_set_pointer(easy, CURLOPT_SEEKDATA, context)
        }
        // Not by libcurl, which loses a body whose label it does not know.
        if onBody == nil { headers.append("Accept-Encoding: gzip, deflate") }
        for header in headers { headerList = curl_slist_append(headerList, header) }
        _ = i2v_curl_set_pointer(easy, CURLOPT_HTTPHEADER, headerList)
        if request.timeout > 0 { set(CURLOPT_TIMEOUT_MS, Int(request.timeout)) }
        if request.stallTimeout > 0 {
            set(CURLOPT_LOW_SPEED_LIMIT, 100)
            set(CURLOPT_LOW_SPEED_TIME, Int((request.stallTimeout + 999) / 1000))
        }
        set(CURLOPT_FOLLOWLOCATION, request.followsRedirects ? 1 : 0)
        set(CURLOPT_MAXREDIRS, 5)
    }

    private func setAnswer(_ easy: UnsafeMutableRawPointer) {
        if onBody == nil {
            set(CURLOPT_VERBOSE, 1)
            _ = i2v_curl_set_debug_fn(easy, exchangeRemark)
            _ = i2v_curl_set_pointer(easy, CURLOPT_DEBUGDATA, context)
        }
        _ = i2v_curl_set_data_fn(easy, CURLOPT_WRITEFUNCTION, exchangeWrite)
        _ = i2v_curl_set_pointer(easy, CURLOPT_WRITEDATA, context)
        _ = i2v_curl_set_data_fn(easy, CURLOPT_HEADERFUNCTION, exchangeHeader)
        _ = i2v_curl_set_pointer(easy, CURLOPT_HEADERDATA, context)
        // A proxy's headers about its tunnel are no answer.
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        _ = i2v_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, detail)
    }

    private var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    private func set(_ option: CURLoption, _ value: Int) {
        if let easy { _ = i2v_curl_set_long(easy, option, value) }
    }

    private func set(_ option: CURLoption, _ value: String) {
        if let easy { _ = i2v_curl_set_text(easy, option, value) }
    }

    // MARK: What libcurl calls

    /// A connection to the server is there, and the request's first byte is next. False when it must not leave.
    fileprivate func begin() -> Bool {
        guard maySend() else { return false }
        if beginnings == 0, let easy { sizeBefore = Self.long(easy, CURLINFO_REQUEST_SIZE) }
        hasLeft = mayHaveLeft
        beginnings += 1
        // libcurl does not ask for that whenever it sends again.
        sentBody = 0
        return true
    }

    /// Whether libcurl may go on to send. Since nobody else uses the connection of what is sent once, it sends
    /// that again only when the server refused the stream, or wants HTTP/1.1: then it processed nothing, and
    /// the one rule for retries decides.
    private func maySend() -> Bool {
        guard request.isPaid, beginnings > 0 else { return true }
        refuse()
        return false
    }

    private func refuse() {
        if !hasAnswer { isRefused = true }
    }

    /// Reads libcurl's remarks on the connection, where its codes do not tell. Words that another version of it does
    /// not have leave the outcome of a paid request unknown.
    fileprivate func take(remark: UnsafeRawBufferPointer) {
        let words = remark.prefix { $0 != 0x0A }
        if words.starts(with: "HTTP/2 stream".utf8), words.names("HTTP_1_1_REQUIRED") {
            if !hasAnswer { peer?.wantsHTTP1 = true }
        } else if request.isPaid, words.names("eived GOAWAY,"),
            words.suffix(14).starts(with: " last_stream=0".utf8)
        {
            // No stream was processed, so this one, the first of its connection, was not.
            refuse()
        }
    }

    fileprivate func openSocket(_ address: UnsafePointer<curl_sockaddr>) -> curl_socket_t {
        guard maySend() else { return i2v_curl_no_socket }
        let words = UnsafeMutablePointer<CChar>.allocate(capacity: Int(INET6_ADDRSTRLEN))
        defer { words.deallocate() }
        i2v_curl_address_text(address, words)
        let name = String(cString: words)
        if let peer, !takesAnyAddress, peer.avoids(name) {
            hasPassedOver = true
            // Some versions of libcurl would let time pass before they took the next.
            if let multi { curl_multi_wakeup(multi) }
            return i2v_curl_no_socket
        }
        addresses.append(name)
        return i2v_curl_open_socket(address)
    }

    fileprivate func take(header line: UnsafeRawBufferPointer) {
        hasAnswer = true
        if !request.isPaid, line.starts(with: "HTTP/2".utf8) { set(CURLOPT_FORBID_REUSE, 0) }
    }

    fileprivate func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard case .post(let body) = request.method else { return 0 }
        let part = body[sentBody..<min(body.count, sentBody + buffer.count)]
        part.withUnsafeBytes { buffer.copyMemory(from: $0) }
        sentBody += part.count
        return part.count
    }

    fileprivate func rewind(to offset: Int64) -> Int32 {
        guard maySend(), offset >= 0, offset <= sentBody else { return Int32(CURL_SEEKFUNC_FAIL) }
        hasLeft = mayHaveLeft
        sentBody = Int(offset)
        return Int32(CURL_SEEKFUNC_OK)
    }

    fileprivate func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if let onBody { return onBody(bytes, self) }
        guard received.count + bytes.count <= request.bodyLimit else {
            isTooLarge = true
            return false
        }
        received.append(contentsOf: bytes)
        return true
    }
}

private func exchange(_ context: UnsafeMutableRawPointer?) -> Exchange? {
    context.map { Unmanaged<Exchange>.fromOpaque($0).takeUnretainedValue() }
}

private func exchangeBegin(
    _ context: UnsafeMutableRawPointer?, _: UnsafeMutablePointer<CChar>?, _: UnsafeMutablePointer<CChar>?,
    _: Int32, _: Int32
) -> Int32 {
    exchange(context)?.begin() == true ? Int32(CURL_PREREQFUNC_OK) : Int32(CURL_PREREQFUNC_ABORT)
}

private func exchangeOpenSocket(
    _ context: UnsafeMutableRawPointer?, _: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let exchange = exchange(context), let address else { return i2v_curl_no_socket }
    return exchange.openSocket(address)
}

private func exchangeRemark(
    _: UnsafeMutableRawPointer?, _ type: curl_infotype, _ data: UnsafeMutablePointer<CChar>?, _ size: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int32 {
    if type == CURLINFO_TEXT {
        exchange(context)?.take(remark: UnsafeRawBufferPointer(start: data, count: size))
    }
    return 0
}

private func exchangeHeader(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    let length = size &* count
    exchange(context)?.take(header: UnsafeRawBufferPointer(start: data, count: length))
    return length
}

private func exchangeRead(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    exchange(context)?.read(into: UnsafeMutableRawBufferPointer(start: data, count: size &* count)) ?? 0
}

private func exchangeSeek(_ context: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32) -> Int32
{
    guard origin == SEEK_SET else { return Int32(CURL_SEEKFUNC_FAIL) }
    return exchange(context)?.rewind(to: Int64(offset)) ?? Int32(CURL_SEEKFUNC_FAIL)
}

private func exchangeWrite(
    _ data: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    let length = size &* count
    guard let exchange = exchange(context) else { return 0 }
    // Any number but the length breaks the transfer off, also for an empty part.
    return exchange.write(UnsafeRawBufferPointer(start: data, count: length)) ? length : length &+ 1
}
