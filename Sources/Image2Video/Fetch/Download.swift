import CSystem

/// Fetches one finished video into its target: goes on where it broke off as long as the server has the same
/// entity, and leaves either the whole video or nothing. Carries no credentials, since videos lie on other
/// hosts. Belongs to the I/O thread.
final class Download {
    struct Settings {
        var stallTimeout: Int64
        var maxBytes: Int64
    }

    /// What whoever made the download does for it. Let go of at the end: they hold each other.
    struct Owner {
        let onProgress: (_ received: Int64, _ total: Int64) -> Void
        /// There is something to go on with: worth writing down.
        let onPartial: (_ partial: Record.Partial?) -> Void
        /// The file is whole and on disk; `name` gives it its name, when that was written down.
        let onWhole: (_ partial: Record.Partial?, _ name: @escaping () -> Void) -> Void
        /// The address does not work any more: asks for another.
        let onGone: (_ answer: @escaping (String?) -> Void) -> Void
        let onEnd: (I2VError?) -> Void
    }

    /// How often a fresh address is asked for.
    private static let maxRenewals = 2

    private var url: String
    /// When the service removes the video, in milliseconds since 1970.
    private let expiry: Int64?
    private let file: PartFile
    /// What the file holds, for as long as it is not open.
    private var partial: Record.Partial?
    private let settings: Settings
    private let io: IOThread
    private let limit: Instant
    private var owner: Owner?

    /// Its turn has come, and it has written, or emptied, its part file.
    private(set) var hasBegun = false
    private var exchange: Exchange?
    private var pause: Timers.ID?
    private var retries = Retries(.download)
    private var renewals = 0
    private var jitter: Jitter
    /// Whether the answer under way was looked at, and the size of the whole that it told; -1 when it did not.
    private var isUnderWay = false
    private var total: Int64 = -1
    /// The most that was ever there: only what goes beyond it is progress.
    private var furthest: Int64 = 0
    /// Why this side broke off.
    private var refusal: I2VError?

    init(
        url: String, expiry: Int64?, target: Target, mark: FileMark?, settings: Settings, io: IOThread,
        limit: Instant, jitter: Jitter, owner: Owner
    ) {
        self.url = url
        self.expiry = expiry
        file = PartFile(target, mark: mark)
        self.settings = settings
        self.io = io
        self.limit = limit
        self.jitter = jitter
        self.owner = owner
    }

    /// Nothing happens when it was cancelled before.
    func start(continuing partial: Record.Partial?) {
        guard owner != nil else { return }
        guard WebURL(url) != nil else {
            return end(I2VError(.protocol, "the video's address is not an http or https URL"))
        }
        self.partial = partial
        attempt()
    }

    /// Ends without a word. `keeps` leaves what is there for whoever goes on with it.
    func cancel(keeps: Bool) {
        owner = nil
        io.timers.cancel(pause)
        if let exchange { io.transport.cancel(exchange) }
        exchange = nil
        if keeps { file.keep() } else { file.discard() }
    }

    // MARK: One try

    private func attempt() {
        isUnderWay = false
        refusal = nil
        var request = Exchange.Request(lane: .download, method: .get, url: url)
        request.stallTimeout = settings.stallTimeout
        request.followsRedirects = true
        let exchange = Exchange(request) { [self] in finished($0) }
        exchange.onTurn = { [self] in prepare() }
        exchange.onBody = { [self] in take($0, $1) }
        self.exchange = exchange
        io.transport.start(exchange)
    }

    /// Opens the file, now that it is this download's turn: those that wait, for that or for their next try, may
    /// be more than a process can have files open. Gives the headers that ask for what is missing.
    private func prepare() -> [String]? {
        do throws(I2VError) {
            try file.open(continuing: partial)
            hasBegun = true
            if file.size > 0, let validator = file.partial?.validator {
                return ["Range: bytes=\(file.size)-", "If-Range: \(validator)"]
            }
            if file.size > 0 { try file.startOver() }
            return []
        } catch {
            refusal = error
            return nil
        }
    }

    /// Closes the file until its next turn.
    private func rest() {
        guard file.partial != nil else { return }
        file.keep()
        partial = file.partial
    }

    private func take(_ bytes: UnsafeRawBufferPointer, _ exchange: Exchange) -> Bool {
        do throws(I2VError) {
            if !isUnderWay { try begin(exchange) }
            guard file.size + Int64(bytes.count) <= settings.maxBytes else { throw tooLarge }
            try file.write(bytes)
        } catch {
            refusal = error
            return false
        }
        if file.size > furthest {
            furthest = file.size
            retries.succeeded()
        }
        owner?.onProgress(file.size, total)
        return true
    }

    /// Looks at what the answer brings before any of it is kept.
    private func begin(_ exchange: Exchange) throws(I2VError) {
        let length = exchange.contentLength
        if let type = exchange.contentType { try check(type) }
        switch exchange.httpStatus {
        case 200:
            if file.size > 0 { try file.startOver() }
            total = length
            file.note(validator: Self.validator(of: exchange))
        case 206:
            guard let range = exchange.header("Content-Range").flatMap({ ContentRange($0) }),
                range.first == file.size, total < 0 || range.total == nil || range.total == total,
                !isOfAnother(exchange)
            else {
                try file.startOver()
                throw changed
            }
            total = range.total ?? (length < 0 ? -1 : file.size + length)
        default:
            // Not the video: `problem` says what it is.
            throw I2VError(.http, "no video")
        }
        guard total <= settings.maxBytes else { throw tooLarge }
        // A file of the same size may be this very video; `PartFile` compares them at the end.
        if total >= 0, let size = file.target.sizeInTheWay, size != total { throw file.target.alreadyThere() }
        isUnderWay = true
        owner?.onPartial(file.partial)
    }

    private func check(_ type: String) throws(I2VError) {
        guard type.utf8.starts(with: "text/".utf8) || type.utf8.starts(with: "application/json".utf8) else {
            return
        }
        throw I2VError(
            .protocol, "the video's address gives \(type.shortened(to: 60)), not a video", httpStatus: 200)
    }

    /// What the server calls the entity: a strong ETag, or else its date.
    private static func validator(of exchange: Exchange) -> String? {
        if let tag = exchange.header("ETag"), tag.utf8.first == UInt8(ascii: "\""), tag.utf8.count <= 512 {
            return tag
        }
        return exchange.header("Last-Modified").flatMap { $0.utf8.count <= 64 ? $0 : nil }
    }

    /// Whether the answer calls its entity by another name than what is here already: not every server that knows
    /// ranges heeds If-Range.
    private func isOfAnother(_ exchange: Exchange) -> Bool {
        guard let validator = file.partial?.validator else { return false }
        let isTag = validator.utf8.first == UInt8(ascii: "\"")
        guard let name = exchange.header(isTag ? "ETag" : "Last-Modified") else { return false }
        return name != validator
    }

    private var changed: I2VError {
        I2VError(.network, "the video changed while it was being downloaded", isRetryable: true)
    }

    private var tooLarge: I2VError {
        I2VError(
            .tooLarge, "the video is larger than max_video_bytes, which is \(settings.maxBytes)",
            field: "max_video_bytes", charge: .certain)
    }

    // MARK: What came of it

    private func finished(_ answer: Answer) {
        exchange = nil
        if isGone(answer.httpStatus), !isUnderWay, renewals < Self.maxRenewals, !isExpired {
            rest()
            return renew()
        }
        guard let error = problem(answer) else { return seal() }
        guard let span = pause(after: error, answer) else { return end(error) }
        rest()
        pause = io.timers.schedule(at: .now + span) { [self] in attempt() }
    }

    /// Milliseconds until the next try; nil when there must be none.
    private func pause(after error: I2VError, _ answer: Answer) -> Int64? {
        // Nothing is wrong with the video: when others have closed their files, it goes on.
        if error.systemError == EMFILE || error.systemError == ENFILE { return jitter.spread(1_000, by: 0.5) }
        return retries.pause(
            after: error, mayHaveArrived: true, retryAfter: answer.retryAfter, until: limit, &jitter)
    }

    /// Why the file is not the whole video.
    private func problem(_ answer: Answer) -> I2VError? {
        if isUnderWay { return refusal ?? answer.failure ?? incomplete(answer) }
        switch answer.httpStatus {
        case 200: return refusal ?? answer.failure ?? empty()
        case 0:
            return refusal ?? answer.failure
                ?? I2VError(.network, "no answer came for the video", isRetryable: true)
        case 206: return refusal ?? answer.failure ?? changed
        case 403, 404, 410: return gone(answer.httpStatus)
        case 416 where answer.contentRange.flatMap({ ContentRange($0) })?.total == file.size:
            // All of it was here already, whatever was said of its length before.
            total = file.size
            return incomplete(answer)
        case 416:
            // There is less of it now than was here already.
            do { try file.startOver() } catch { return error }
            return changed
        case 300..<400 where answer.failure != nil, 407: return answer.failure
        default:
            return I2VError(
                answer.httpStatus == 429 ? .rateLimit : .http,
                "the video cannot be fetched: HTTP \(answer.httpStatus)", httpStatus: answer.httpStatus,
                isRetryable: [408, 421, 425, 429].contains(answer.httpStatus) || answer.httpStatus >= 500)
        }
    }

    /// What is wrong with an answer that came to its end.
    private func incomplete(_ answer: Answer) -> I2VError? {
        if file.size == 0 { return empty() }
        if total >= 0, file.size != total {
            return I2VError(
                .network, "\(file.size) of the video's \(total) bytes came", httpStatus: answer.httpStatus,
                isRetryable: true)
        }
        if MP4.isCut(size: file.size, read: { file.read(at: $0) }) {
            do { try file.startOver() } catch { return error }
            return I2VError(
                .network, "the server called the video complete, but its end is missing",
                httpStatus: answer.httpStatus, isRetryable: true)
        }
        return nil
    }

    /// The whole video was announced, and none of it came. What came before is not part of it.
    private func empty() -> I2VError {
        do { try file.startOver() } catch { return error }
        return I2VError(
            .protocol, "the video's address gives an empty file", httpStatus: 200, isRetryable: true)
    }

    private func seal() {
        do throws(I2VError) { try file.seal() } catch { return end(error) }
        owner?.onWhole(file.partial) { [self] in
            guard owner != nil else { return }
            do throws(I2VError) { try file.name() } catch { return end(error) }
            end(nil)
        }
    }

    // MARK: The address

    private func isGone(_ status: Int32) -> Bool { status == 403 || status == 404 || status == 410 }

    private var isExpired: Bool { expiry.map { $0 <= WallClock.now } ?? false }

    /// The address may have expired where the video has not.
    private func renew() {
        renewals += 1
        owner?.onGone { [self] fresh in
            guard owner != nil else { return }
            if let fresh, fresh != url, WebURL(fresh) != nil {
                url = fresh
                return attempt()
            }
            // The same address again: a file may take a moment to get to all places it is served from.
            let span = 200 + jitter.spread(500, by: 0.5)
            pause = io.timers.schedule(at: .now + span) { [self] in attempt() }
        }
    }

    private func gone(_ httpStatus: Int32) -> I2VError {
        if isExpired {
            return I2VError(
                .videoExpired, "the video is gone: the service keeps videos for seven days, and it is older",
                httpStatus: httpStatus, charge: .certain)
        }
        return I2VError(
            .videoGone, "the video is not, or no longer, at its address: HTTP \(httpStatus)",
            httpStatus: httpStatus, charge: .certain)
    }

    private func end(_ error: I2VError?) {
        let owner = owner
        self.owner = nil
        owner?.onEnd(error)
    }
}
