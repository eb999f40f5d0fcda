/// Goes through the account's recent videos for those of lost creates: page by page, one search at a time, each for
/// all who look by then. Belongs to the I/O thread.
final class Finder {
    private let channel: Channel
    private let io: IOThread
    /// Milliseconds that a search tries again for, when a page cannot be had.
    private let patience: Int64
    private let log: Log
    /// A search has ended for one who looks: it went through the list, or says why it did not.
    var onEnd: ((Search.Seeker, I2VError?) -> Void)?
    private var waiting: [Search.Seeker] = []
    private var search: Search?
    private var sending: Channel.Sending?
    private var pause: Timers.ID?
    private var jitter: Jitter

    init(_ configuration: Configuration, channel: Channel, io: IOThread, jitter: Jitter) {
        self.channel = channel
        self.io = io
        patience = configuration.requestTimeout
        log = configuration.log
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
        sending = channel.send(search.call) { [self] reply in
            sending = nil
            do throws(I2VError) {
                let page = try Listing.page(in: reply.result.get())
                if search.take(page) { return turnPage(search) }
                end(search, nil)
            } catch {
                guard let span = search.pause(after: error, retryAfter: reply.retryAfter, &jitter, log) else {
                    return end(search, error)
                }
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
