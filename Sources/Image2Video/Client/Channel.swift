/// The way to the service: credentials on every request, the envelope off every answer. Belongs to the I/O
/// thread.
final class Channel {
    struct Reply {
        /// The whole envelope, or why there is none.
        let result: Result<JSON, I2VError>
        /// Some byte of the request may have left this machine.
        let mayHaveLeft: Bool
        /// Milliseconds the service asks to wait; 0 when it does not say.
        let retryAfter: Int64
    }

    private let configuration: Configuration
    private let io: IOThread

    init(_ configuration: Configuration, io: IOThread) {
        self.configuration = configuration
        self.io = io
    }

    func send(_ call: APICall, isUrgent: Bool = false, _ onReply: @escaping (Reply) -> Void) -> Exchange {
        var request = Exchange.Request(
            lane: .api, method: call.body.map { .post($0) } ?? .get,
            url: configuration.url(of: call.endpoint) + call.query)
        request.headers = [configuration.credentialHeader, "Accept: application/json"]
        request.timeout = configuration.requestTimeout
        request.isUrgent = isUrgent
        request.isOnceOnly = call.endpoint.creates
        let started = Instant.now
        let exchange = Exchange(request) { [configuration] answer in
            configuration.log.debug(
                "\(call.name): HTTP \(answer.httpStatus), \(answer.body.count) bytes, "
                    + "\(Instant.now - started) ms")
            onReply(
                Reply(
                    result: Self.open(answer, hiding: configuration.secret), mayHaveLeft: answer.mayHaveLeft,
                    retryAfter: answer.retryAfter))
        }
        io.transport.start(exchange)
        return exchange
    }

    private static func open(_ answer: Answer, hiding secret: String?) -> Result<JSON, I2VError> {
        if let failure = answer.failure { return .failure(failure) }
        do {
            return .success(try Envelope.open(answer.body, httpStatus: answer.httpStatus, hiding: secret))
        } catch {
            return .failure(error)
        }
    }
}
