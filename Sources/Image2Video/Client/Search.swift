/// Goes once through the account's recent videos for all jobs that look for the video of a lost create.
final class Search {
    /// Rows that are looked at; what is further back is too old, or the account too busy to tell.
    private static let maxRows = 2_000
    /// Failures in a row after which no row is thought to be at fault: where the pages cannot be read, and where the
    /// service may be down.
    private static let (patience, shortPatience) = (64, 16)

    /// One that looks, and what it found.
    final class Seeker {
        let work: Work
        private let resemblance: Resemblance
        private var found: [Video] = []

        /// nil when the job's create was never sent.
        init?(_ work: Work) {
            guard let resemblance = Resemblance(work.job.record) else { return nil }
            self.work = work
            self.resemblance = resemblance
        }

        fileprivate func look(at videos: [Video]) {
            for video in videos where video.id != nil && resemblance.matches(video) {
                if let index = found.firstIndex(where: { $0.id == video.id }) {
                    found[index] = found[index].replaced(by: video)
                } else {
                    found.append(video)
                }
            }
        }

        fileprivate func isDone(after videos: [Video]) -> Bool {
            videos.contains { resemblance.isTooOld($0) }
        }

        /// The videos it may be, oldest first. Without a nonce, more videos that look alike than the create
        /// asked for could be anybody's.
        func candidates(isTaken: (String) -> Bool) throws(I2VError) -> [Video] {
            let free = found.filter { !isTaken($0.id ?? "") }
            if !resemblance.isCertain, free.count > work.job.record.origin.count {
                throw I2VError(
                    .outcomeUnknown,
                    "\(free.count) videos of the account look like it, so that none can be called the one; it "
                        + "may be in the making and charged", charge: .possible)
            }
            // Listed newest first.
            return Array(free.reversed())
        }
    }

    var seekers: [Seeker]
    let limit: Instant
    private var retries = Retries(.read)
    private var place = ListPlace()
    private var unanswered = 0
    /// Failures of the page at this place, in this size or a larger one.
    private var failures = 0

    init(_ seekers: [Seeker], limit: Instant) {
        self.seekers = seekers
        self.limit = limit
    }

    var call: APICall { Listing.call(page: place.page, size: place.size) }

    /// Looks at a page; true when the next is worth looking at.
    func take(_ page: Listing.Page) -> Bool {
        retries.succeeded()
        (unanswered, failures) = (0, 0)
        for seeker in seekers { seeker.look(at: page.videos) }
        let isLast = page.count < place.size
        place.advance()
        return !isLast && place.offset < Self.maxRows && !seekers.allSatisfy { $0.isDone(after: page.videos) }
    }

    /// Deals with a page that could not be had: the milliseconds to wait before the next try, which is of a
    /// smaller page, or behind the one row that cannot be read; nil when there must be none.
    func pause(after error: I2VError, retryAfter: Int64, _ jitter: inout Jitter, _ log: Log) -> Int64? {
        unanswered += 1
        failures += 1
        let isUnreadable = error.status == .protocol || error.status == .tooLarge
        if isUnreadable, unanswered <= Self.patience {
            narrow(error, log)
            return 0
        }
        if error.blame == .unclear, failures > 1, unanswered <= Self.shortPatience {
            narrow(error, log)
            retries.succeeded()
        } else if failures > 1 {
            place.rewind()
        }
        return retries.pause(
            after: error, mayHaveArrived: true, retryAfter: retryAfter, until: limit, &jitter)
    }

    private func narrow(_ error: I2VError, _ log: Log) {
        guard !place.narrow() else { return }
        log.warning("row \(place.offset + 1) of the account's list is passed over: \(error.message)")
        place.advance()
    }

    static var nothing: I2VError {
        I2VError(
            .outcomeUnknown,
            "no video of the account's list that is not known already looks like it; the create may not have "
                + "arrived, or its video may be listed later or not at all", charge: .possible)
    }

    static func failed(_ error: I2VError) -> I2VError {
        // Not the advice for whoever asks something: a create must not be tried again.
        let why = error.status == .rateLimit ? "the service refused to, for coming too soon" : error.message
        return error.with(
            status: .outcomeUnknown,
            message: "the account's videos could not be listed: \(why); the video may be in the making and "
                + "charged", isRetryable: false, charge: .possible)
    }
}
