/// Looks through the account's recent videos for the one that a lost create made.
final class Search {
    /// Pages that are looked at; what is further back is too old, or the account too busy to tell.
    private static let maxPages = 40

    let limit: Instant
    var sending: Channel.Sending?
    var pause: Timers.ID?
    var retries = Retries(.read)
    private(set) var page = 1
    private let resemblance: Resemblance
    private var found: [Video] = []

    init(_ resemblance: Resemblance, limit: Instant) {
        self.resemblance = resemblance
        self.limit = limit
    }

    /// Looks at a page; true when the next is worth looking at.
    func take(_ videos: [Video]) -> Bool {
        retries.succeeded()
        for video in videos where video.id != nil && resemblance.matches(video) {
            if !found.contains(where: { $0.id == video.id }) { found.append(video) }
        }
        page += 1
        return videos.count >= Listing.pageSize && page <= Self.maxPages
            && !videos.contains { resemblance.isTooOld($0) }
    }

    /// The video; nil when there is none. Without a nonce, more videos that look alike than the create asked
    /// for could be anybody's.
    func choose(asked: Int, isTaken: (String) -> Bool) throws(I2VError) -> Video? {
        let free = found.filter { !isTaken($0.id ?? "") }
        if !resemblance.isCertain, free.count > asked {
            throw I2VError(
                .outcomeUnknown,
                "\(free.count) videos of the account look like it, so that none can be called the one; it may be "
                    + "in the making and charged", charge: .possible)
        }
        // Listed newest first.
        return free.last
    }

    static var nothing: I2VError {
        I2VError(
            .outcomeUnknown,
            "no video of the account's list that is not known already looks like it; the create may not have "
                + "arrived, or its video may be listed later or not at all", charge: .possible)
    }

    static func failed(_ error: I2VError) -> I2VError {
        error.with(
            status: .outcomeUnknown,
            message:
                "the account's videos could not be listed: \(error.message); the video may be in the making "
                + "and charged", isRetryable: false, charge: .possible)
    }
}
