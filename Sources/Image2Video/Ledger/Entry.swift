/// A row of the ledger: one job, and all that is needed to go on with it. Never a secret.
public struct Entry {
    var row: Int64?
    var baseURL = ""
    var submission = ""
    var position: Int64 = 0
    var count: Int64 = 1
    /// The kind of create and its JSON; nil for a video that was made elsewhere.
    var endpoint: Endpoint?
    var request: String?
    var model = ""
    var resolution = ""
    var seconds: Int64 = 0
    var estimate: Double?
    public var path: String?
    var replace = false
    var deadline: Int64 = 0
    var submitted: Int64 = 0
    /// When its create went on the wire; nil when nothing was sent.
    var sent: Int64?
    public var state: Int32 = 0
    /// How it ended, if it ended otherwise than wished.
    public var status: Int32 = 0
    public var charge: Int32 = 0
    var message: String?
    public var id: String?
    var serviceStatus: Int64?
    var deduction: Double?
    var url: String?
    var expires: Int64?
    var changed: Int64 = 0
    /// Whoever resumes takes it up.
    public var isOpen = false
    var holder: Int64?
    var partial: Record.Partial?
}

extension Entry {
    init(of job: Job, record: Record, baseURL: String, holder: Int64, now: Int64) {
        let facts = job.facts
        let video = facts.video
        let error = facts.error
        let target = job.target
        row = record.row
        self.baseURL = baseURL
        submission = record.origin.submission
        position = Int64(record.origin.position)
        count = Int64(record.origin.count)
        endpoint = record.origin.call?.endpoint
        request = record.origin.call?.body.map { String(decoding: $0, as: UTF8.self) }
        model = job.kind.model
        resolution = job.kind.resolution
        seconds = job.kind.seconds
        estimate = job.estimate
        path = target?.location
        replace = target?.replace ?? false
        deadline = record.origin.deadline
        submitted = record.origin.submitted
        sent = record.sent
        state = facts.state.rawValue
        status = error?.status.rawValue ?? 0
        let charge = job.isKnownToExist ? Charge.certain : facts.id == nil ? .none : .possible
        self.charge = error?.charge.rawValue ?? charge.rawValue
        message = error?.message
        id = facts.id
        serviceStatus = video.map { Int64($0.status) }
        deduction = record.deduction
        url = video?.videoURL
        expires = video?.expiryTime
        changed = now
        isOpen = record.isOpen
        self.holder = record.isOpen && !facts.state.isFinal ? holder : nil
        partial = record.partial
    }
}

// MARK: Going on

extension Entry {
    var kind: Kind { Kind(model: model, resolution: resolution, seconds: seconds) }

    var record: Record {
        var origin = Record.Origin(deadline: deadline)
        origin.submission = submission
        origin.position = Int(position)
        origin.count = Int(count)
        origin.submitted = submitted
        if let endpoint, let request { origin.call = APICall(endpoint: endpoint, body: Array(request.utf8)) }
        let record = Record(origin)
        record.row = row
        record.sent = sent
        record.holder = holder
        record.partial = partial
        record.wasKnownToExist = charge == Charge.certain.rawValue
        record.deduction = deduction
        return record
    }
}

// MARK: In SQL

extension Entry {
    static let insert: StaticString = """
        INSERT INTO job(base_url, submission, position, count, endpoint, request, model, resolution, seconds,
            estimate, path, replace, deadline, submitted, sent, state, status, charge, message, id,
            service_status, deduction, url, expires, changed, open, holder, part_device, part_inode, part_boot,
            part_validator, part_size)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
            ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32)
        """

    /// What can change, if the job is held by whom the writer thinks, who knows its id if it has one; an id that
    /// arrives is written in any case.
    static let update: StaticString = """
        UPDATE job SET path = ?11, replace = ?12, sent = ?15, state = ?16, status = ?17, charge = ?18,
            message = ?19, id = ?20, service_status = ?21, deduction = ?22, url = ?23, expires = ?24,
            changed = ?25, open = ?26, holder = ?27, part_device = ?28, part_inode = ?29, part_boot = ?30,
            part_validator = ?31, part_size = ?32
        WHERE number = ?33
            AND (holder IS ?34 AND (id IS NULL OR id IS ?20) OR (id IS NULL AND ?20 IS NOT NULL))
        """

    /// So many from a number on.
    static let columns: StaticString = """
        SELECT base_url, submission, position, count, endpoint, request, model, resolution, seconds, estimate,
            path, replace, deadline, submitted, sent, state, status, charge, message, id, service_status,
            deduction, url, expires, changed, open, holder, part_device, part_inode, part_boot, part_validator,
            part_size, number FROM job WHERE number >= ?1 ORDER BY number LIMIT ?2
        """

    /// The numbers of those that are not finished and that nobody holds, after one of them.
    static let unfinished: StaticString = """
        SELECT number FROM job
        WHERE open = 1 AND base_url = ?1 AND (holder IS NULL OR holder NOT IN (SELECT id FROM holder))
            AND number > ?3
        ORDER BY number LIMIT ?2
        """

    /// The numbers of those that may have been made, nobody knows as what, and that the service would still have;
    /// who has not been looked for for the longest time comes first.
    static let lost: StaticString = """
        SELECT number FROM job
        WHERE open = 0 AND id IS NULL AND charge = ?5 AND sent >= ?6 AND base_url = ?1
            AND (holder IS NULL OR holder NOT IN (SELECT id FROM holder)) AND (changed, number) > (?4, ?3)
        ORDER BY changed, number LIMIT ?2
        """

    /// Creates that the service gave an id, but for one.
    static let made: StaticString =
        "SELECT 1 FROM job WHERE id = ?1 AND endpoint IS NOT NULL AND number <> ?2"

    /// What ended before a time, but for those.
    static let prune: StaticString = """
        DELETE FROM job
        WHERE open = 0 AND changed < ?1 AND NOT (id IS NULL AND charge = ?2 AND ifnull(sent, 0) >= ?3)
        """

    /// What both take last.
    static var lostValues: [Database.Value] {
        [.integer(Int64(Charge.possible.rawValue)), .integer(WallClock.now - Video.lifetime)]
    }

    var values: [Database.Value] {
        [
            .text(baseURL), .text(submission), .integer(position), .integer(count),
            .init(endpoint?.ledgerName), .init(request), .text(model), .text(resolution), .integer(seconds),
            .init(estimate), .init(path), .init(replace), .integer(deadline), .integer(submitted),
            .init(sent), .integer(Int64(state)), .integer(Int64(status)), .integer(Int64(charge)),
            .init(message), .init(id), .init(serviceStatus), .init(deduction), .init(url), .init(expires),
            .integer(changed), .init(isOpen), .init(holder), .init(partial?.device), .init(partial?.inode),
            .init(partial?.boot), .init(partial?.validator), .init(partial?.size),
        ]
    }

    private static let mostVideos: Int64 = 1_000_000
    private static let mostCredits = 1e12
    /// In milliseconds since 1970, with much room on both sides for arithmetic.
    private static let times: ClosedRange<Int64> = 0...(1 << 53)

    /// Anything can be in a file: what is reckoned with is held to what it can be.
    init(_ row: Database.Row) {
        baseURL = row.text(0) ?? ""
        submission = row.text(1) ?? ""
        position = row.integer(2, in: 0...Self.mostVideos) ?? 0
        count = row.integer(3, in: 1...Self.mostVideos) ?? 1
        endpoint = row.text(4).flatMap { Endpoint(ledgerName: $0) }
        request = row.text(5)
        model = row.text(6) ?? ""
        resolution = row.text(7) ?? ""
        seconds = row.integer(8, in: 0...86_400) ?? 0
        estimate = row.real(9, in: 0...Self.mostCredits)
        path = row.text(10)
        replace = row.flag(11)
        deadline = row.integer(12, in: 0...Limit.deadline.range.upperBound) ?? 0
        submitted = row.integer(13, in: Self.times) ?? 0
        sent = row.integer(14, in: Self.times)
        state = Int32(truncatingIfNeeded: row.integer(15) ?? 0)
        status = Int32(truncatingIfNeeded: row.integer(16) ?? 0)
        charge = Int32(truncatingIfNeeded: row.integer(17) ?? 0)
        message = row.text(18)
        id = row.text(19)
        serviceStatus = row.integer(20)
        deduction = row.real(21, in: 0...Self.mostCredits)
        url = row.text(22)
        expires = row.integer(23)
        changed = row.integer(24) ?? 0
        isOpen = row.flag(25)
        holder = row.integer(26)
        if let device = row.integer(27), let inode = row.integer(28), let boot = row.text(29) {
            partial = .init(
                device: device, inode: inode, boot: boot, validator: row.text(30), size: row.integer(31))
        }
        self.row = row.integer(32)
    }
}

extension Endpoint {
    /// As the ledger calls the creates; the numbers of cases may change, these not.
    var ledgerName: String? {
        switch self {
        case .create: return "create"
        case .createBatch: return "batch"
        case .updateAudio: return "audio"
        default: return nil
        }
    }

    init?(ledgerName: String) {
        switch ledgerName {
        case "create": self = .create
        case "batch": self = .createBatch
        case "audio": self = .updateAudio
        default: return nil
        }
    }
}
