/// The way to the service: credentials on every request, the envelope off every answer. Where the host gave a
/// client id and secret, it fetches the token they stand for, and once more when the service calls it
/// expired. Belongs to the I/O thread.
final class Channel {
    struct Reply {
        /// The whole envelope, or why there is none.
        let result: Result<JSON, I2VError>
        /// Some byte of the request may have left this machine.
        let mayHaveLeft: Bool
        /// Milliseconds the service asks to wait; 0 when it does not say.
        let retryAfter: Int64
    }

    /// One request on its way, from the first try to the answer.
    final class Sending {
        fileprivate let call: APICall
        fileprivate let isUrgent: Bool
        fileprivate var onReply: ((Reply) -> Void)?
        fileprivate var onAdmitted: (() -> Void)?
        fileprivate var exchange: Exchange?
        /// The token it went out with, and whether that was its second.
        fileprivate var token: String?
        fileprivate var isRenewed = false

        fileprivate init(
            _ call: APICall, isUrgent: Bool, onAdmitted: (() -> Void)?,
            _ onReply: @escaping (Reply) -> Void
        ) {
            self.call = call
            self.isUrgent = isUrgent
            self.onAdmitted = onAdmitted
            self.onReply = onReply
        }

        /// Some byte of it may have left this machine.
        var mayHaveLeft: Bool { exchange?.mayHaveLeft ?? false }
    }

    private let configuration: Configuration
    private let io: IOThread
    private var token: String?
    /// The last tokens, which late answers may repeat.
    private var formerTokens: [String] = []
    /// Whoever asked holds its request, and the request holds whoever asked, until the answer or the end.
    private var unanswered: [ObjectIdentifier: Sending] = [:]
    /// What waits for a token that is being fetched.
    private var waiting: [Sending] = []
    private var isLoggingIn = false

    init(_ configuration: Configuration, io: IOThread) {
        self.configuration = configuration
        self.io = io
    }

    /// Sends as soon as it is its turn. A call that costs money does not leave then: `onAdmitted` is called, and
    /// `send` with a permit sends it.
    func send(
        _ call: APICall, isUrgent: Bool = false, onAdmitted: (() -> Void)? = nil,
        _ onReply: @escaping (Reply) -> Void
    ) -> Sending {
        let sending = Sending(call, isUrgent: isUrgent, onAdmitted: onAdmitted, onReply)
        unanswered[ObjectIdentifier(sending)] = sending
        advance(sending)
        return sending
    }

    /// Sends a call that costs money and whose turn has come.
    func send(_ sending: Sending, _ permit: consuming SendPermit) {
        guard let exchange = sending.exchange else { return }
        io.transport.send(exchange, permit)
    }

    /// Breaks a request off; its answer never comes.
    func cancel(_ sending: Sending) {
        (sending.onReply, sending.onAdmitted) = (nil, nil)
        unanswered[ObjectIdentifier(sending)] = nil
        waiting.removeAll { $0 === sending }
        if let exchange = sending.exchange { io.transport.cancel(exchange) }
        sending.exchange = nil
    }

    /// Breaks everything off.
    func shutDown() {
        for sending in unanswered.values { cancel(sending) }
    }

    /// Lets a request whose answer hardly matters any more go on without holding others up. Refused for its
    /// token, it does not go out again: nobody wants any more what it would make.
    func uncount(_ sending: Sending) {
        sending.isRenewed = true
        if let exchange = sending.exchange { io.transport.uncount(exchange) }
    }

    // MARK: One request

    private func advance(_ sending: Sending) {
        guard let header = configuration.credentialHeader(token: token) else {
            waiting.append(sending)
            return logIn()
        }
        sending.token = token
        let exchange = exchange(sending.call, headers: [header], isUrgent: sending.isUrgent) {
            [self] answer in answered(sending, answer)
        }
        exchange.onAdmitted = sending.onAdmitted
        sending.exchange = exchange
        io.transport.start(exchange)
    }

    private func answered(_ sending: Sending, _ answer: Answer) {
        sending.exchange = nil
        let result = open(answer, creates: sending.call.endpoint.creates)
        if case .failure(let error) = result, error.isTokenRefused, sending.token != nil, !sending.isRenewed {
            // The service refused the token, so it did nothing, and even a create may be sent again.
            sending.isRenewed = true
            if token == sending.token { token = nil }
            return advance(sending)
        }
        reply(
            to: sending,
            Reply(result: result, mayHaveLeft: answer.mayHaveLeft, retryAfter: answer.retryAfter))
    }

    private func reply(to sending: Sending, _ reply: Reply) {
        let handler = sending.onReply
        (sending.onReply, sending.onAdmitted) = (nil, nil)
        unanswered[ObjectIdentifier(sending)] = nil
        handler?(reply)
    }

    private func exchange(
        _ call: APICall, headers: [String], isUrgent: Bool, _ onAnswer: @escaping (Answer) -> Void
    ) -> Exchange {
        var request = Exchange.Request(
            lane: .api, method: call.body.map { .post($0) } ?? .get,
            url: configuration.url(of: call.endpoint) + call.query)
        request.headers = headers + ["Accept: application/json"]
        request.timeout = configuration.requestTimeout
        request.isUrgent = isUrgent
        request.isPaid = call.endpoint.creates
        request.bodyLimit = call.endpoint.answerLimit
        let started = Instant.now
        let exchange = Exchange(request) { [configuration] answer in
            configuration.log.debug(
                "\(call.name): HTTP \(answer.httpStatus), \(answer.body.count) bytes, "
                    + "\(Instant.now - started) ms")
            onAnswer(answer)
        }
        exchange.isWhole = { Envelope.isWhole($0) }
        return exchange
    }

    private func open(_ answer: Answer, creates: Bool) -> Result<JSON, I2VError> {
        if let failure = answer.failure { return .failure(failure) }
        return Self.open(answer, hiding: configuration.secrets + formerTokens, creates: creates)
    }

    private static func open(
        _ answer: Answer, hiding secrets: [String], creates: Bool = false
    ) -> Result<JSON, I2VError> {
        do {
            return .success(
                try Envelope.open(
                    answer.body, httpStatus: answer.httpStatus, hiding: secrets, creates: creates))
        } catch {
            return .failure(error)
        }
    }

    // MARK: The token

    private func logIn() {
        guard !isLoggingIn else { return }
        do {
            let call = try Login.call(configuration.clientID ?? "", configuration.clientSecret ?? "")
            let exchange = exchange(call, headers: [], isUrgent: true) { [self] in loggedIn($0) }
            isLoggingIn = true
            io.transport.start(exchange)
        } catch {
            finish(.failure(error), retryAfter: 0)
        }
    }

    private func loggedIn(_ answer: Answer) {
        isLoggingIn = false
        let opened: Result<JSON, I2VError> =
            answer.failure.map { .failure($0) } ?? Self.open(answer, hiding: configuration.secrets)
        do {
            finish(.success(try Login.token(in: opened.get())), retryAfter: 0)
        } catch {
            finish(.failure(error), retryAfter: answer.retryAfter)
        }
    }

    private func finish(_ login: Result<String, I2VError>, retryAfter: Int64) {
        let ready = waiting
        waiting = []
        switch login {
        case .success(let text):
            configuration.log.debug("a token was fetched")
            token = text
            formerTokens = formerTokens.suffix(7) + [text]
            for sending in ready { advance(sending) }
        case .failure(let error):
            // Whatever became of the login, the requests that wait for it were not sent.
            let failure = error.with(
                message: "no token could be fetched: \(error.message)", isRetryable: error.allowsReadAgain,
                charge: Charge.none)
            for sending in ready {
                reply(
                    to: sending,
                    Reply(result: .failure(failure), mayHaveLeft: false, retryAfter: retryAfter))
            }
        }
    }
}

extension I2VError {
    /// The service did not accept the token that the request came with.
    fileprivate var isTokenRefused: Bool {
        status == .auth
            && (serviceCode == Int64(ServiceCode.tokenInvalid.rawValue)
                || (serviceCode == 0 && httpStatus == 401))
    }
}
