/// Goes through the account's recent videos for those of lost creates: page by page, one search at a time, each for
/// all who look by then. Belongs to the I/O thread.
final class Finder {
    private let channel: Channel
    private let io: IOThread
    /// Milliseconds that a search tries again for, when a page cannot be had.
    private let patience: Int64
    /// A search has ended for one who looks: it went through the list, or says why it did not.
    var onEnd: ((Search.Seeker, I2VError?) -> Void)?
    private var waiting: [Search.Seeker] = []
    private var search: Search?
    private var sending: Channel.Sending?
    private var pause: Timers.ID?
    private var jitter: Jitter

    init(channel: Channel, io: IOThread, patience: Int64, jitter: Jitter) {
        self.channel = channel
        self.io = io
        self.patience = patience
        self.jitter = jitter
    }

    func add(_ seeker: Search.Seeker) {
        waiting.append(seeker)
        // After what else was posted by now, so that one search is for all.
        if search == nil, waiting.count == 1 {
            pause = io.timers.schedule(at: .now) { [self] in begin() }
        }
    }

    /// The operation does not look any more.
    func drop(_ work: Work) {
        waiting.removeAll { $0.work === work }
        search?.seekers.removeAll { $0.work === work }
        guard let search, search.seekers.isEmpty else { return }
        breakOff()
        begin()
    }

    /// Ends without a word. Who looks holds its job, and a job its client.
    func shutDown() {
        (waiting, onEnd) = ([], nil)
        breakOff()
    }

    private func breakOff() {
        if let sending { channel.cancel(sending) }
        io.timers.cancel(pause)
        (search, sending, pause) = (nil, nil, nil)
    }

    private func begin() {
        guard search == nil, !waiting.isEmpty else { return }
        let search = Search(waiting, limit: .now + patience)
        waiting = []
        self.search = search
        turnPage(search)
    }

    private func turnPage(_ search: Search) {
        sending = channel.send(Listing.call(page: search.page)) { [self] reply in
            sending = nil
            do throws(I2VError) {
                let videos = try Listing.videos(in: reply.result.get())
                if search.take(videos) { return turnPage(search) }
                end(search, nil)
            } catch {
                let span = search.retries.pause(
                    after: error, mayHaveArrived: true, retryAfter: reply.retryAfter, until: search.limit,
                    &jitter)
                guard let span else { return end(search, error) }
                pause = io.timers.schedule(at: .now + span) { [self] in turnPage(search) }
            }
        }
    }

    private func end(_ search: Search, _ error: I2VError?) {
        self.search = nil
        for seeker in search.seekers { onEnd?(seeker, error) }
        begin()
    }
}
