/// One create on its way, for one job or for several alike.
final class Creation {
    /// Those it is for; when it is on the wire, also those that have ended since.
    private(set) var jobs: [Job]
    private(set) var call: APICall
    /// The create ends with its jobs.
    let limit: Instant
    var sending: Channel.Sending?
    var pause: Timers.ID?
    /// Since when it cannot be written down.
    var heldSince: Instant?
    private var retries = Retries(.create)

    init(jobs: [Job], call: APICall, limit: Instant) {
        self.jobs = jobs
        self.call = call
        self.limit = limit
    }

    /// Creates are sent in the order of their jobs.
    var number: Int { jobs.first?.number ?? 0 }

    /// The service may have got it.
    var mayHaveLeft: Bool { sending?.mayHaveLeft ?? false }

    /// The create has not left, and asks for one video less.
    func leaveOut(_ job: Job) {
        let all = jobs.count
        jobs.removeAll { $0 === job }
        if !jobs.isEmpty, let smaller = call.asking(for: jobs.count, of: all) { call = smaller }
    }

    /// How long to wait before the create is sent again; nil when it must not be.
    func pauseBeforeRepeating(_ error: I2VError, _ reply: Channel.Reply, _ jitter: inout Jitter) -> Int64? {
        retries.pause(
            after: error, mayHaveArrived: reply.mayHaveLeft, retryAfter: reply.retryAfter, until: limit,
            &jitter)
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
