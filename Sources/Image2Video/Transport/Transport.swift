import CCurl

/// Many exchanges at once over libcurl's multi interface. Knows HTTP, and nothing of the service. Belongs to
/// the I/O thread, but for `wakeUp`, which must not be called during or after `close`.
final class Transport {
    struct Settings {
        var userAgent: String
        var connectTimeout: Int64
        var caFile: String?
        var proxy: String?
        var maxRequests: Int64
        var maxDownloads: Int64
        /// API requests a second.
        var maxRate: Double
    }

    /// Milliseconds that a request waits for a host that is left alone, before it fails.
    private static let patience: Int64 = 20_000

    private var multi: UnsafeMutableRawPointer?
    private let settings: Settings
    private var active: [UnsafeMutableRawPointer: Exchange] = [:]
    private var waiting: [[Exchange]] = [[], []]
    private var running = [0, 0]
    private var bucket: TokenBucket
    private var breakers: [String: Breaker] = [:]
    private var jitter: Jitter
    /// When something that waits for more than its turn should be looked at again.
    private(set) var next = Instant.never

    private init(_ settings: Settings, multi: UnsafeMutableRawPointer) {
        self.settings = settings
        self.multi = multi
        bucket = TokenBucket(perSecond: settings.maxRate, now: .now)
        jitter = Jitter(seed: UInt64(truncatingIfNeeded: Instant.now.milliseconds) &* 0x9E37_79B9)
    }

    static func make(_ settings: Settings) throws(I2VError) -> Transport {
        // Thread-safe and counted since libcurl 7.84; never undone, because the host may use libcurl too.
        guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK, let multi = curl_multi_init() else {
            throw I2VError(.system, "libcurl cannot start")
        }
        return Transport(settings, multi: multi)
    }

    deinit {
        close()
    }

    /// Ends a `wait`; from any thread.
    func wakeUp() {
        curl_multi_wakeup(multi)
    }

    func start(_ exchange: Exchange) {
        let lane = exchange.request.lane.rawValue
        exchange.state = .waiting
        if exchange.request.isUrgent {
            waiting[lane].insert(exchange, at: 0)
        } else {
            waiting[lane].append(exchange)
        }
        fill(lane)
    }

    /// Breaks an exchange off; its answer never comes.
    func cancel(_ exchange: Exchange) {
        let lane = exchange.request.lane.rawValue
        switch exchange.state {
        case .waiting:
            waiting[lane].removeAll { $0 === exchange }
            exchange.close()
        case .active:
            if let easy = exchange.handle { remove(easy, lane) }
            breakers[exchange.host]?.end(failed: nil, now: .now, &jitter)
            exchange.close()
            fill(lane)
        case .idle, .finished: break
        }
    }

    /// Lets an exchange whose answer hardly matters any more go on without holding others up.
    func uncount(_ exchange: Exchange) {
        guard exchange.isCounted else { return }
        exchange.isCounted = false
        running[exchange.request.lane.rawValue] -= 1
        fill(exchange.request.lane.rawValue)
    }

    /// Breaks everything off and closes all connections.
    func close() {
        waiting = [[], []]
        for (easy, exchange) in active {
            curl_multi_remove_handle(multi, easy)
            exchange.close()
        }
        active = [:]
        running = [0, 0]
        if let multi { curl_multi_cleanup(multi) }
        multi = nil
    }

    /// Lets go what had to wait for more than its turn. Nothing of it leaves before `advance`.
    func admit() {
        guard next <= .now else { return }
        next = .never
        for lane in waiting.indices { fill(lane) }
    }

    /// Does what can be done without waiting, and hands out the answers that are there.
    func advance() {
        var count: Int32 = 0
        _ = curl_multi_perform(multi, &count)
        var code = CURLE_OK
        while let easy = i2v_curl_next_done(multi, &code) {
            guard let exchange = active[easy] else { continue }
            let lane = exchange.request.lane.rawValue
            remove(easy, lane)
            let answer = exchange.answer(code)
            judge(exchange.host, by: answer)
            exchange.finish(answer)
            fill(lane)
        }
    }

    func wait(until time: Instant) {
        let span = max(0, min(time - .now, 60_000))
        _ = curl_multi_poll(multi, nil, 0, Int32(span), nil)
    }

    private func remove(_ easy: UnsafeMutableRawPointer, _ lane: Int) {
        if let exchange = active.removeValue(forKey: easy), exchange.isCounted {
            exchange.isCounted = false
            running[lane] -= 1
        }
        curl_multi_remove_handle(multi, easy)
    }

    // MARK: Whose turn it is

    /// Sends what may go: as many at once as the lane allows, as fast as the bucket does, and to no host that
    /// is left alone.
    private func fill(_ lane: Int) {
        let limit = Int(lane == Exchange.Lane.api.rawValue ? settings.maxRequests : settings.maxDownloads)
        var index = 0
        while index < waiting[lane].count {
            let exchange = waiting[lane][index]
            guard running[lane] < limit || exchange.request.isUrgent else { return }
            let time = ready(exchange)
            if time <= .now {
                waiting[lane].remove(at: index)
                begin(exchange, lane)
            } else if exchange.patience <= .now {
                waiting[lane].remove(at: index)
                giveUp(exchange)
            } else {
                next = min(next, time, exchange.patience)
                index += 1
            }
        }
    }

    private func ready(_ exchange: Exchange) -> Instant {
        let now = Instant.now
        if let breaker = breakers[exchange.host], breaker.ready > now {
            if exchange.patience == .never { exchange.patience = now + Self.patience }
            return breaker.ready
        }
        exchange.patience = .never
        guard exchange.request.lane == .api, !exchange.request.isUrgent else { return now }
        return bucket.ready(now)
    }

    private func begin(_ exchange: Exchange, _ lane: Int) {
        // What is urgent is paced by whoever sends it, and must not starve the rest.
        if exchange.request.lane == .api, !exchange.request.isUrgent { bucket.take() }
        guard let easy = exchange.open(settings), curl_multi_add_handle(multi, easy) == CURLM_OK else {
            return exchange.finish(exchange.answer(CURLE_FAILED_INIT))
        }
        breakers[exchange.host]?.start()
        exchange.state = .active
        active[easy] = exchange
        exchange.isCounted = true
        running[lane] += 1
    }

    private func giveUp(_ exchange: Exchange) {
        let count = breakers[exchange.host]?.failures ?? 0
        exchange.finish(
            Answer(
                curlCode: Int32(bitPattern: CURLE_COULDNT_CONNECT.rawValue),
                detail: "it failed \(count) times in a row and is left alone for a while"))
    }

    private func judge(_ host: String, by answer: Answer) {
        var breaker = breakers[host] ?? Breaker()
        breaker.end(failed: answer.hostFailed, now: .now, &jitter)
        breakers[host] = breaker.isIdle ? nil : breaker
        // What waited for this answer is let go, or kept for longer.
        if !breaker.isIdle || next != .never { next = .now }
        if breakers.count > 256 { breakers = breakers.filter { $0.value.ready > .now } }
    }
}
