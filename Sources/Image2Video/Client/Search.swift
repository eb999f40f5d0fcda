/// Goes once through the account's recent videos for all jobs that look for the video of a lost create.
final class Search {
    /// Pages that are looked at; what is further back is too old, or the account too busy to tell.
    private static let maxPages = 40

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
                if !found.contains(where: { $0.id == video.id }) { found.append(video) }
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
    var retries = Retries(.read)
    private(set) var page = 1

    init(_ seekers: [Seeker], limit: Instant) {
        self.seekers = seekers
        self.limit = limit
    }

    /// Looks at a page; true when the next is worth looking at.
    func take(_ videos: [Video]) -> Bool {
        retries.succeeded()
        for seeker in seekers { seeker.look(at: videos) }
        page += 1
        return videos.count >= Listing.pageSize && page <= Self.maxPages
            && !seekers.allSatisfy { $0.isDone(after: videos) }
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
