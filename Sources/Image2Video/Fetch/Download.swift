/// Fetches one finished video into its target: tries again when the connection breaks, and leaves either the
/// whole video or nothing. Carries no credentials, since videos lie on other hosts. Belongs to the I/O
/// thread.
final class Download {
    static let maxAttempts = 4

    private let url: String
    /// When the service removes the video, in milliseconds since 1970.
    private let expiry: Int64?
    private let file: PartFile
    private let stallTimeout: Int64
    private let io: IOThread
    // Both are let go of at the end: whoever made the download holds it, and they hold whoever made it.
    private var onProgress: ((_ received: Int64, _ total: Int64) -> Void)?
    private var onEnd: ((I2VError?) -> Void)?

    private var exchange: Exchange?
    private var pause: Timers.ID?
    private var attempts = 0
    private var backoff = Backoff()
    private var jitter: Jitter
    private var received: Int64 = 0
    private var fileError: I2VError?

    init(
        url: String, expiry: Int64?, target: Target, stallTimeout: Int64, io: IOThread, jitter: Jitter,
        onProgress: @escaping (Int64, Int64) -> Void, onEnd: @escaping (I2VError?) -> Void
    ) {
        self.url = url
        self.expiry = expiry
        file = PartFile(target)
        self.stallTimeout = stallTimeout
        self.io = io
        self.jitter = jitter
        self.onProgress = onProgress
        self.onEnd = onEnd
    }

    func start() {
        guard WebURL(url) != nil else {
            return end(I2VError(.protocol, "the video's address is not an http or https URL"))
        }
        attempt()
    }

    /// Ends without a word, and without a file.
    func cancel() {
        onEnd = nil
        onProgress = nil
        io.timers.cancel(pause)
        if let exchange { io.transport.cancel(exchange) }
        exchange = nil
        file.discard()
    }

    private func attempt() {
        attempts += 1
        received = 0
        do { try file.open() } catch { return end(error) }
        let exchange = Exchange(
            .init(
                lane: .download, method: .get, url: url, stallTimeout: stallTimeout, followsRedirects: true)
        ) { [self] in finished($0) }
        exchange.onBody = { [self] in take($0, $1, $2) }
        self.exchange = exchange
        io.transport.start(exchange)
    }

    private func take(_ bytes: UnsafeRawBufferPointer, _ status: Int32, _ length: Int64) -> Bool {
        guard status == 200 else { return false }
        do {
            try file.write(bytes)
        } catch {
            fileError = error
            return false
        }
        received += Int64(bytes.count)
        onProgress?(received, length)
        return true
    }

    private func finished(_ answer: Answer) {
        exchange = nil
        guard let error = fileError ?? problem(answer) else {
            do { try file.commit() } catch { return end(error) }
            return end(nil)
        }
        guard error.isRetryable, attempts < Self.maxAttempts else { return end(error) }
        let span = backoff.next(retryAfter: answer.retryAfter, &jitter)
        pause = io.timers.schedule(at: .now + span) { [self] in attempt() }
    }

    /// Why the answer is not the video.
    private func problem(_ answer: Answer) -> I2VError? {
        switch answer.httpStatus {
        case 200: break
        case 0: return answer.failure ?? I2VError(.network, "no answer came for the video", isRetryable: true)
        case 403, 404, 410: return gone(answer.httpStatus)
        default:
            return I2VError(
                .http, "the video cannot be fetched: HTTP \(answer.httpStatus)",
                httpStatus: answer.httpStatus,
                isRetryable: answer.httpStatus == 408 || answer.httpStatus == 429 || answer.httpStatus >= 500)
        }
        if let failure = answer.failure { return failure }
        if received == 0 {
            return I2VError(
                .protocol, "the video's address gives an empty file", httpStatus: 200, isRetryable: true)
        }
        if let type = answer.contentType,
            type.utf8.starts(with: "text/".utf8) || type.utf8.starts(with: "application/json".utf8)
        {
            return I2VError(
                .protocol, "the video's address gives \(type.shortened(to: 60)), not a video", httpStatus: 200
            )
        }
        return nil
    }

    private func gone(_ httpStatus: Int32) -> I2VError {
        if let expiry, expiry <= WallClock.now {
            return I2VError(
                .videoExpired, "the video is gone: the service keeps videos for seven days, and it is older",
                httpStatus: httpStatus, charge: .certain)
        }
        return I2VError(
            .videoGone, "the video is not, or no longer, at its address: HTTP \(httpStatus)",
            httpStatus: httpStatus, charge: .certain)
    }

    private func end(_ error: I2VError?) {
        let handler = onEnd
        onEnd = nil
        onProgress = nil
        file.discard()
        handler?(error)
    }
}
