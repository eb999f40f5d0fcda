/// One create on its way, for one job or for several alike.
final class Creation {
    /// Sends that are made at most; more than one only while nothing could leave this machine.
    static let maxAttempts = 3

    let jobs: [Job]
    let call: APICall
    var sending: Channel.Sending?
    var pause: Timers.ID?
    var attempts = 0
    private var backoff = Backoff(first: 400, most: 3_000)

    init(jobs: [Job], call: APICall) {
        self.jobs = jobs
        self.call = call
    }

    /// The service may have got it.
    var mayHaveLeft: Bool { sending?.mayHaveLeft ?? false }

    /// How long to wait before the create is sent again; nil when it must not be, because it may have arrived
    /// or would fail in the same way.
    func pauseBeforeRepeating(_ error: I2VError, _ reply: Channel.Reply, _ jitter: inout Jitter) -> Int64? {
        guard !reply.mayHaveLeft, error.isRetryable, attempts < Self.maxAttempts else { return nil }
        return backoff.next(retryAfter: 0, &jitter)
    }
}

extension I2VError {
    /// The error as it is for a create: where the answer was lost, or cannot be read, nobody knows whether
    /// the service acted.
    var ofCreate: I2VError {
        switch status {
        case .network, .http, .protocol, .tooLarge, .outcomeUnknown:
            guard charge == .possible else { return self }
            return with(
                status: .outcomeUnknown,
                message: "the create was sent, but \(message); a video may be in the making and charged",
                isRetryable: false)
        case .resolve, .connect, .tls:
            // Whatever was sent before the failure was not the whole request.
            guard charge == .possible else { return self }
            return with(status: .outcomeUnknown, isRetryable: false)
        default:
            return self
        }
    }
}
