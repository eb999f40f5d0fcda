import CCurl

/// Many exchanges at once over libcurl's multi interface. Knows HTTP, and nothing of the service. Belongs to
/// the I/O thread, but for `wakeUp`, which must not be called during or after `close`.
final class Transport {
    struct Settings {
        var userAgent: String
        var connectTimeout: Int64
        var caFile: String?
        var proxies: Proxies
        var maxRequests: Int64
        var maxDownloads: Int64
        /// API requests a second.
        var maxRate: Double
    }

    /// Milliseconds that a request waits for a host that is left alone, before it fails.
    private static let patience: Int64 = 20_000

    /// The most connections to one host, and the most API requests at once: since a create has a connection of its
    /// own, more would wait for one while their time runs. The rest of the connections is for what is urgent.
    private static let maxConnections = 64
    private static let maxPlaces: Int64 = 48

    private var multi: UnsafeMutableRawPointer?
    /// The sessions of TLS, which later connections resume.
    private var share: UnsafeMutableRawPointer?
    private let settings: Settings
    private var active: [UnsafeMutableRawPointer: Exchange] = [:]
    /// What is or was asked lately, or waits to be.
    private var hosts: [String: Host] = [:]
    /// The hosts that something waits for, by lane, in the order of their turns.
    private var turns: [[Host]] = [[], []]
    /// How many hosts are remembered before those of no interest are forgotten.
    private var mostHosts = 256
    /// Places that are taken, by lane.
    private var running = [0, 0]
    /// Exchanges that go on without a place.
    private var uncounted = 0
    private var bucket: TokenBucket
    private var jitter: Jitter
    /// When something that waits for more than its turn should be looked at again.
    private(set) var next = Instant.never

    private init(_ settings: Settings, multi: UnsafeMutableRawPointer) {
        self.settings = settings
        self.multi = multi
        _ = i2v_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, Self.maxConnections)
        share = curl_share_init()
        if let share { _ = i2v_curl_share_sessions(share) }
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
        let host = hosts[exchange.host] ?? Host(exchange.host)
        hosts[exchange.host] = host
        exchange.state = .waiting
        exchange.since = .now
        let line = Host.line(of: exchange)
        if line != Host.urgent, host.lines[line].first() == nil { turns[line].append(host) }
        host.lines[line].append(exchange)
        hasten(host)
        fill(exchange.request.lane.rawValue)
        watch(host)
    }

    /// Breaks an exchange off; its answer never comes.
    func cancel(_ exchange: Exchange) {
        switch exchange.state {
        case .waiting:
            exchange.close()
            guard let host = hosts[exchange.host] else { return }
            host.lines[Host.line(of: exchange)].cancelOne()
            skip(host, Host.line(of: exchange))
            forget(host)
        case .admitted, .active:
            leave(exchange)
            judge(exchange, failed: nil)
            exchange.close()
            fill(exchange.request.lane.rawValue)
        case .idle, .finished: break
        }
    }

    /// Lets an exchange whose answer hardly matters any more go on without holding others up, unless as many do
    /// already as there are places.
    func uncount(_ exchange: Exchange) {
        guard exchange.isCounted, uncounted < Int(settings.maxRequests) else { return }
        exchange.isCounted = false
        uncounted += 1
        running[exchange.request.lane.rawValue] -= 1
        fill(exchange.request.lane.rawValue)
    }

    /// Breaks everything off and closes all connections.
    func close() {
        hosts = [:]
        turns = [[], []]
        for (easy, exchange) in active {
            curl_multi_remove_handle(multi, easy)
            exchange.close()
        }
        active = [:]
        running = [0, 0]
        if let multi { curl_multi_cleanup(multi) }
        if let share { curl_share_cleanup(share) }
        (multi, share) = (nil, nil)
    }

    /// Lets go what had to wait for more than its turn. Nothing of it leaves before `advance`.
    func admit() {
        guard next <= .now else { return }
        next = .never
        for host in hosts.values { hasten(host) }
        for lane in running.indices { fill(lane) }
        for host in hosts.values {
            giveUp(host)
            watch(host)
        }
    }

    /// Does what can be done without waiting, and hands out the answers that are there.
    func advance() {
        var count: Int32 = 0
        _ = curl_multi_perform(multi, &count)
        var code = CURLE_OK
        while let easy = i2v_curl_next_done(multi, &code) {
            guard let exchange = active[easy] else { continue }
            if exchange.needsAnyAddress(code) {
                // Nothing of it has left, so its permit still holds.
                curl_multi_remove_handle(multi, easy)
                curl_multi_add_handle(multi, easy)
                continue
            }
            leave(exchange)
            let answer = exchange.answer(code)
            exchange.teach(answer)
            judge(exchange, failed: answer.hostFailed)
            exchange.finish(answer)
            fill(exchange.request.lane.rawValue)
        }
    }

    func wait(until time: Instant) {
        let span = max(0, min(time - .now, 60_000))
        _ = curl_multi_poll(multi, nil, 0, Int32(span), nil)
    }

    /// Gives up the place of an exchange, and its connection if it has one.
    private func leave(_ exchange: Exchange) {
        let lane = exchange.request.lane.rawValue
        hosts[exchange.host]?.active[lane] -= 1
        if exchange.isCounted { running[lane] -= 1 } else { uncounted -= 1 }
        exchange.isCounted = false
        guard let easy = exchange.handle, active.removeValue(forKey: easy) != nil else { return }
        curl_multi_remove_handle(multi, easy)
    }

    // MARK: Whose turn it is

    /// Sends what is urgent, which waits for nothing but a host that is left alone.
    private func hasten(_ host: Host) {
        while host.breaker.ready <= .now, let exchange = take(host, Host.urgent) { begin(exchange, host) }
    }

    /// Sends what may go: as many at once as the lane allows, as fast as the bucket does, and to no host that
    /// is left alone.
    private func fill(_ lane: Int) {
        while let index = nextTurn(lane) {
            let host = turns[lane].remove(at: index)
            turns[lane].append(host)
            if let exchange = take(host, lane) { begin(exchange, host) }
        }
    }

    /// Whose turn it is. A host that has every place but the last leaves that one to others.
    private func nextTurn(_ lane: Int) -> Int? {
        let isAPI = lane == Exchange.Lane.api.rawValue
        let limit = Int(isAPI ? min(settings.maxRequests, Self.maxPlaces) : settings.maxDownloads)
        guard running[lane] < limit else { return nil }
        let now = Instant.now
        var turn: Int?
        for (index, host) in turns[lane].enumerated() where host.breaker.ready <= now {
            let hasMost = host.active[lane] >= max(1, limit - 1)
            if turn == nil || !hasMost { turn = index }
            if !hasMost { break }
        }
        guard turn != nil, isAPI else { return turn }
        let time = bucket.ready(now)
        if time > now { next = min(next, time) }
        return time > now ? nil : turn
    }

    private func take(_ host: Host, _ line: Int) -> Exchange? {
        let exchange = host.lines[line].takeFirst()
        skip(host, line)
        return exchange
    }

    /// A host that nothing waits for has no turn.
    private func skip(_ host: Host, _ line: Int) {
        guard line != Host.urgent, host.lines[line].first() == nil else { return }
        turns[line].removeAll { $0 === host }
    }

    private func begin(_ exchange: Exchange, _ host: Host) {
        let lane = exchange.request.lane
        // What is urgent is paced by whoever sends it, and must not starve the rest.
        if lane == .api, !exchange.request.isUrgent { bucket.take() }
        exchange.isTrial = host.breaker.start()
        exchange.isCounted = true
        host.active[lane.rawValue] += 1
        running[lane.rawValue] += 1
        guard exchange.request.isPaid else { return put(exchange) }
        exchange.state = .admitted
        exchange.onAdmitted?()
    }

    /// Puts a paid exchange whose turn has come on the wire. This is the only way there for one: the permit says
    /// that the ledger has it as sent, on disk, and is used up here.
    func send(_ exchange: Exchange, _ permit: consuming SendPermit) {
        guard exchange.state == .admitted else { return }
        put(exchange)
    }

    /// The one place where an exchange gets to libcurl; `advance` may take one that has not left back, for another address.
    private func put(_ exchange: Exchange) {
        exchange.peer = hosts[exchange.host]?.peer
        guard let easy = exchange.open(settings, share, for: multi),
            curl_multi_add_handle(multi, easy) == CURLM_OK
        else {
            leave(exchange)
            judge(exchange, failed: nil)
            return exchange.finish(exchange.answer(CURLE_FAILED_INIT))
        }
        exchange.state = .active
        active[easy] = exchange
    }

    // MARK: Hosts that are left alone

    private func judge(_ exchange: Exchange, failed: Bool?) {
        guard let host = hosts[exchange.host] else { return }
        host.breaker.end(failed: failed, isTrial: exchange.isTrial, now: .now, &jitter)
        // What waited for this answer is let go, or kept for longer.
        if !host.breaker.isIdle || next != .never { next = .now }
        forget(host)
    }

    /// Until when an exchange waits for a host that is left alone.
    private func patience(_ exchange: Exchange, _ host: Host) -> Instant {
        max(exchange.since, host.breaker.since) + Self.patience
    }

    /// Sees to it that what waits for a host that is left alone is looked at in time.
    private func watch(_ host: Host) {
        guard host.breaker.ready > .now else { return }
        for line in host.lines.indices {
            guard let first = host.lines[line].first() else { continue }
            next = min(next, host.breaker.ready, patience(first, host))
        }
    }

    /// Ends what has waited too long for a host that is left alone.
    private func giveUp(_ host: Host) {
        guard host.breaker.ready > .now else { return }
        let detail = "it failed \(host.breaker.failures) times in a row and is left alone for a while"
        for line in host.lines.indices {
            while let first = host.lines[line].first(), patience(first, host) <= .now {
                _ = take(host, line)
                first.finish(
                    Answer(curlCode: Int32(bitPattern: CURLE_COULDNT_CONNECT.rawValue), detail: detail))
            }
        }
    }

    /// Remembers no more hosts than are of interest.
    private func forget(_ host: Host) {
        guard host.isUnused else { return }
        if host.breaker.isIdle, host.peer.isBlank, hosts[host.name] === host { hosts[host.name] = nil }
        guard hosts.count > mostHosts else { return }
        hosts = hosts.filter { !$0.value.isUnused || $0.value.breaker.ready > .now }
        mostHosts = max(256, 2 * hosts.count)
    }
}
