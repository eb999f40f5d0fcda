/// What the engine knows of one operation on a job, from its start to its end.
final class Work {
    enum Stage {
        case creating(Creation)
        case searching
        case waiting
        case fetching(Download)
    }

    let job: Job
    var stage: Stage
    var deadline: Timers.ID?
    var limit = Instant.never
    /// Answers that came while the job was waiting, and whether any of them listed it.
    var answers = 0
    var wasListed = false
    var pollsWithoutURL = 0
    /// Why the last poll brought nothing, and how many did in a row.
    var lastFailure: I2VError?
    var failures = 0
    var lastProgress = Instant(milliseconds: 0)
    /// Nobody before meant to make the part file of its download.
    var isFirstIntent = false

    init(_ job: Job, _ stage: Stage) {
        self.job = job
        self.stage = stage
    }

    var isWaiting: Bool {
        if case .waiting = stage { return true }
        return false
    }

    /// A poll brought nothing. True when the host should hear of it: the second time in a row.
    func failed(_ error: I2VError) -> Bool {
        lastFailure = error
        failures += 1
        return failures > 1
    }

    /// The error of an operation that ends before its time. A create goes on when it may have left already, or
    /// when other videos are made by it.
    func interrupted(_ why: Engine.Interruption, createGoesOn: Bool) -> I2VError {
        switch stage {
        case .creating:
            if createGoesOn {
                return I2VError(
                    .outcomeUnknown,
                    "\(words(why)) while its create goes on; a video may be in the making and charged",
                    charge: .possible)
            }
            return I2VError(status(why), "\(words(why)) before the create was sent", isRetryable: true)
        case .searching:
            return I2VError(
                .outcomeUnknown,
                "\(words(why)) while its video was being looked for; it may be in the making "
                    + "and charged", charge: .possible)
        case .waiting:
            return whileWaiting(why)
        case .fetching:
            return I2VError(
                status(why),
                "\(words(why)) while the video was being downloaded; it can be fetched again\(failure)",
                serviceCode: lastFailure?.serviceCode ?? 0, serviceMessage: lastFailure?.serviceMessage,
                isRetryable: true)
        }
    }

    private func whileWaiting(_ why: Engine.Interruption) -> I2VError {
        if case .deadline = why, answers > 0, !wasListed {
            if isPastLifetime { return expired }
            return I2VError(
                .idUnknown, "none of \(answers) answers of the service listed the video's id",
                charge: .possible, json: job.facts.video?.json.text)
        }
        var detail = ""
        if let status = job.facts.video?.status, ServiceStatus(rawValue: status) == nil {
            detail = "; the service's last status was \(status), which is not documented"
        }
        detail += failure
        return I2VError(
            status(why),
            "\(words(why)) while the service was at work; it goes on there under the video's id\(detail)",
            serviceCode: lastFailure?.serviceCode ?? 0, serviceMessage: lastFailure?.serviceMessage,
            charge: .possible)
    }

    private var failure: String { lastFailure.map { "; the last poll failed: \($0.message)" } ?? "" }

    /// The service would have removed the video by now.
    private var isPastLifetime: Bool {
        let submitted = Instant(milliseconds: job.record.origin.submitted)
        let end = max(job.facts.video?.expiryTime ?? 0, (submitted + Video.lifetime).milliseconds)
        return end < WallClock.now
    }

    /// Several answers did not list the video, and it is older than the service keeps one.
    var isGone: Bool { answers >= 3 && !wasListed && isPastLifetime }

    var expired: I2VError {
        I2VError(
            .videoExpired,
            "the service does not list the video any more: it keeps videos for seven days, and it is older",
            charge: .possible)
    }

    /// Whether somebody should take the job up later that ends like this. What has an id is paid for and worth
    /// fetching, unless there is nothing to fetch or its host does not want it.
    func staysOpen(_ state: JobState, _ error: I2VError?) -> Bool {
        guard let error, job.facts.id != nil, !job.wasCancelled else { return false }
        switch error.status {
        case .jobFailed, .noVideo, .videoGone, .videoExpired: return false
        default: return true
        }
    }

    private func status(_ why: Engine.Interruption) -> Status {
        switch why {
        case .lost: return .ledger
        case .deadline: return .deadline
        case .cancelled, .closing: return .cancelled
        }
    }

    private func words(_ why: Engine.Interruption) -> String {
        switch why {
        case .deadline: return "the job's deadline passed"
        case .cancelled: return "the job was cancelled"
        case .closing: return "the client was destroyed"
        case .lost:
            return
                "the job was taken up elsewhere, by `reconcile` or because this process did not stir for a minute,"
        }
    }
}
