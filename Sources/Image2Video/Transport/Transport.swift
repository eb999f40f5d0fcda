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
    }

    private var multi: UnsafeMutableRawPointer?
    private let settings: Settings
    private var active: [UnsafeMutableRawPointer: Exchange] = [:]
    private var waiting: [[Exchange]] = [[], []]
    private var running = [0, 0]

    private init(_ settings: Settings, multi: UnsafeMutableRawPointer) {
        self.settings = settings
        self.multi = multi
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
            if let easy = active.first(where: { $0.value === exchange })?.key { remove(easy, lane) }
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

    /// Does what can be done without waiting, and hands out the answers that are there.
    func advance() {
        var count: Int32 = 0
        _ = curl_multi_perform(multi, &count)
        var code = CURLE_OK
        while let easy = i2v_curl_next_done(multi, &code) {
            guard let exchange = active[easy] else { continue }
            let lane = exchange.request.lane.rawValue
            remove(easy, lane)
            exchange.finish(code)
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

    private func fill(_ lane: Int) {
        let limit = Int(lane == Exchange.Lane.api.rawValue ? settings.maxRequests : settings.maxDownloads)
        while let next = waiting[lane].first, running[lane] < limit || next.request.isUrgent {
            waiting[lane].removeFirst()
            guard let easy = next.open(settings), curl_multi_add_handle(multi, easy) == CURLM_OK else {
                next.finish(CURLE_FAILED_INIT)
                continue
            }
            next.state = .active
            active[easy] = next
            next.isCounted = true
            running[lane] += 1
        }
    }
}
