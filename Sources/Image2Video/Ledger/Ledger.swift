import CSystem

/// The durable record of what was submitted: a SQLite database that several processes may share. Whoever
/// works on a job holds it; what no living process holds and is not finished is free to be taken up. Used from
/// any thread.
public final class Ledger: @unchecked Sendable {
    /// Milliseconds that a host's own thread waits for others who are at work on the file. The client's thread has
    /// more to do, and tries again.
    private static let patience: Int64 = 5_000

    let baseURL: String
    private let lock = Lock()
    /// nil after the end.
    private var open: Database?
    /// This client's number among the holders; nil before it holds anything. It has another after its lease had run
    /// out: what others took up meanwhile may come to it again, and is then not what it had.
    private var holder: Int64?
    /// The numbers that it had before, under which it still holds what others left.
    private var formerHolders: [Int64] = []
    private var isRevived = false

    private init(_ database: Database, baseURL: String) {
        open = database
        self.baseURL = baseURL
    }

    /// Opens a ledger, making it if there is none. For a host's own thread.
    static func open(_ path: String, baseURL: String) throws(I2VError) -> Ledger {
        let database = try Database.open(path, for: .making)
        try patiently({ database.isBusy }) { () throws(I2VError) in try begin(with: database) }
        return Ledger(database, baseURL: baseURL)
    }

    /// May be done again where it failed half-way.
    private static func begin(with database: Database) throws(I2VError) {
        // Before anything is written: it may be somebody else's.
        let isNew = try Schema.isEmpty(database)
        if !isNew { try Schema.check(database) }
        // The one mode in which readers do not stop a writer, and a commit is one write and one sync.
        var mode = ""
        try database.run("PRAGMA journal_mode = WAL") { mode = $0.text(0) ?? "" }
        guard mode == "wal" else {
            throw database.refusal(
                "the ledger's file system cannot share memory between processes, which SQLite needs")
        }
        try database.execute("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 4194304")
        if isNew { try Schema.make(database) }
        // What cannot be written to is of no use, and better found out now.
        try database.transaction { () throws(I2VError) in try dropDead(database) }
    }

    /// Does again what failed because others are at work on the file.
    private static func patiently(
        until limit: Instant = .now + patience, _ isBusy: () -> Bool, _ body: () throws(I2VError) -> Void
    ) throws(I2VError) {
        while true {
            do throws(I2VError) {
                return try body()
            } catch {
                guard isBusy(), .now < limit else { throw error }
                usleep(5_000)
            }
        }
    }

    /// The last that failed did so because others are at work on the file.
    var isBusy: Bool { lock.withLock { open?.isBusy ?? false } }
    /// The last that failed may go well later.
    var mayPass: Bool { lock.withLock { open?.mayPass ?? false } }

    func use<Result>(_ body: (Database) throws(I2VError) -> Result) throws(I2VError) -> Result {
        try lock.withLock { () throws(I2VError) in
            guard let open else { throw I2VError(.closed, "the client has been destroyed") }
            return try body(open)
        }
    }

    // MARK: Writing

    /// Writes what became of the jobs, all or nothing, and syncs it to disk. Gives those that another process
    /// has taken up meanwhile.
    func write(_ jobs: [Job]) throws(I2VError) -> [Job] {
        try use { (database) throws(I2VError) in
            try database.checkPlace()
            var lost: [Job] = []
            var written: [(record: Record, row: Int64?, holder: Int64?)] = []
            var lease = Lease(number: 0, former: [])
            try database.transaction { () throws(I2VError) in
                lease = try keepLease(database)
                let now = WallClock.now
                for job in jobs {
                    let record = job.record
                    let entry = Entry(
                        of: job, record: record, baseURL: baseURL, holder: lease.number, now: now)
                    let row = try put(entry, record, database)
                    if row == nil { lost.append(job) }
                    written.append((record, row ?? record.row, row != nil ? entry.holder : nil))
                }
            }
            hold(lease)
            for (record, row, holder) in written { (record.row, record.holder) = (row, holder) }
            return lost
        }
    }

    /// With a transaction open: writes one job, and gives its number; nil when another process has taken it up.
    private func put(_ entry: Entry, _ record: Record, _ database: Database) throws(I2VError) -> Int64? {
        if let row = record.row {
            try database.run(Entry.update, entry.values + [.integer(row), record.expectedHolder])
            if database.changes == 1 { return row }
            var isThere = false
            var id: String?
            try database.run("SELECT id FROM job WHERE number = ?1", [.integer(row)]) {
                (isThere, id) = (true, $0.text(0))
            }
            if record.isLost || isThere {
                try keepAside(entry, of: id, database)
                return nil
            }
            // It had ended and was pruned, and is under way again.
        }
        try database.run(Entry.insert, entry.values)
        return database.lastRow
    }

    /// Of a job that has another id by now: its own is that of a video that is paid for all the same.
    private func keepAside(_ entry: Entry, of other: String?, _ database: Database) throws(I2VError) {
        guard let id = entry.id, id != other, try !contains(id, database) else { return }
        var entry = entry
        (entry.isOpen, entry.holder, entry.partial) = (false, nil, nil)
        try database.run(Entry.insert, entry.values)
    }

    /// Renews the lease on everything this client holds.
    func renew() throws(I2VError) {
        _ = try write([])
    }

    /// Whether the lease had run out and others noticed, since this was last asked.
    func takeRevival() -> Bool {
        lock.withLock {
            defer { isRevived = false }
            return isRevived
        }
    }

    /// The numbers of a client that counts as alive.
    private struct Lease {
        var number: Int64
        var former: [Int64]
    }

    /// After the transaction that made the lease.
    private func hold(_ lease: Lease) {
        if let holder, holder != lease.number { isRevived = true }
        (holder, formerHolders) = (lease.number, lease.former)
    }

    /// With a transaction open: this client counts as alive for another lease. If others found it dead, it
    /// starts anew, and what they left stays under the number it had.
    private func keepLease(_ database: Database) throws(I2VError) -> Lease {
        let me = Holder.current()
        var former = formerHolders
        if let holder {
            if try renew(holder, me, database) {
                for number in former { _ = try renew(number, me, database) }
                return Lease(number: holder, former: former)
            }
            former.append(holder)
        }
        var kept: [Int64] = []
        for number in former where try holdsAnything(number, database) {
            try database.run(Holder.insertAgain, me.values + [.integer(number)])
            kept.append(number)
        }
        try database.run(Holder.insert, me.values)
        return Lease(number: database.lastRow, former: kept)
    }

    /// False when others found it dead.
    private func renew(_ number: Int64, _ me: Holder, _ database: Database) throws(I2VError) -> Bool {
        try database.run(
            "UPDATE holder SET until = ?1 WHERE id = ?2", [.integer(me.until), .integer(number)])
        return database.changes == 1
    }

    private func holdsAnything(_ number: Int64, _ database: Database) throws(I2VError) -> Bool {
        var found = false
        try database.run("SELECT 1 FROM job WHERE open = 1 AND holder = ?1 LIMIT 1", [.integer(number)]) {
            _ in
            found = true
        }
        return found
    }

    // MARK: Taking up

    enum Share {
        /// What is not finished, oldest first.
        case unfinished
        /// Creates of which nobody knows what became, and whose videos may still be there.
        case lost
    }

    /// Takes up to `limit` jobs that no living process holds, after `last` in their order. For a host's own thread.
    func claim(_ share: Share, _ limit: Int, after last: Entry? = nil) throws(I2VError) -> [Entry] {
        var entries: [Entry] = []
        try Self.patiently({ isBusy }) { () throws(I2VError) in
            entries = try use { (database) throws(I2VError) in try claim(share, limit, last, database) }
        }
        return entries
    }

    private func claim(
        _ share: Share, _ limit: Int, _ last: Entry?, _ database: Database
    ) throws(I2VError) -> [Entry] {
        var entries: [Entry] = []
        var lease = Lease(number: 0, former: [])
        try database.checkPlace()
        try database.transaction { () throws(I2VError) in
            try Self.dropDead(database)
            lease = try keepLease(database)
            for number in try numbers(of: share, limit, last, database) {
                try database.run(Entry.columns, [.integer(number), .integer(1)]) {
                    entries.append(Entry($0))
                    entries[entries.count - 1].holder = lease.number
                }
                try database.run(
                    "UPDATE job SET holder = ?1 WHERE number = ?2",
                    [.integer(lease.number), .integer(number)])
            }
        }
        hold(lease)
        return entries
    }

    private func numbers(
        of share: Share, _ limit: Int, _ last: Entry?, _ database: Database
    ) throws(I2VError) -> [Int64] {
        var numbers: [Int64] = []
        let which: [Database.Value] = [
            .text(baseURL), .integer(Int64(limit)), .integer(last?.row ?? .min),
            .integer(last?.changed ?? .min),
        ]
        switch share {
        case .unfinished:
            try database.run(Entry.unfinished, which) { numbers.append($0.integer(0) ?? 0) }
        case .lost:
            try database.run(Entry.lost, which + Entry.lostValues) { numbers.append($0.integer(0) ?? 0) }
        }
        return numbers
    }

    private static func dropDead(_ database: Database) throws(I2VError) {
        var dead: [Int64] = []
        try database.run(Holder.all) { row in
            if let id = row.integer(0), !Holder(row).isAlive { dead.append(id) }
        }
        for id in dead { try database.run("DELETE FROM holder WHERE id = ?1", [.integer(id)]) }
    }

    /// Gives back what was claimed and is not taken up after all. For a host's own thread.
    func release(_ entries: [Entry]) throws(I2VError) {
        try Self.patiently({ isBusy }) { () throws(I2VError) in
            try use { (database) throws(I2VError) in
                try database.transaction { () throws(I2VError) in
                    for entry in entries {
                        try database.run(
                            "UPDATE job SET holder = NULL WHERE number = ?1", [.init(entry.row)])
                    }
                }
            }
        }
    }

    /// Whether a job of the ledger has the service's id.
    func contains(id: String) throws(I2VError) -> Bool {
        try use { (database) throws(I2VError) in try contains(id, database) }
    }

    /// Whether the create of another job than `row` has the service's id.
    func hasMade(id: String, besides row: Int64?) throws(I2VError) -> Bool {
        try use { (database) throws(I2VError) in
            var found = false
            try database.run(Entry.made, [.text(id), .integer(row ?? -1)]) { _ in found = true }
            return found
        }
    }

    private func contains(_ id: String, _ database: Database) throws(I2VError) -> Bool {
        var found = false
        try database.run("SELECT 1 FROM job WHERE id = ?1", [.text(id)]) { _ in found = true }
        return found
    }

    enum Reservation {
        case given
        /// Another job of the ledger has it.
        case taken
        /// Another process has taken the job up, or its own id has arrived there.
        case lost
    }

    /// Gives the job the service's id, unless another job of the ledger has it. Should this process end before it
    /// writes the job the next time, whoever resumes goes on with the id.
    func reserve(_ id: String, for record: Record) throws(I2VError) -> Reservation {
        try use { (database) throws(I2VError) in
            var outcome = Reservation.given
            try database.transaction { () throws(I2VError) in
                if try contains(id, database) {
                    outcome = .taken
                } else if let row = record.row {
                    try database.run(
                        "UPDATE job SET id = ?1, open = 1, charge = ?4 WHERE number = ?2 AND id IS NULL AND holder IS ?3",
                        [
                            .text(id), .integer(row), record.expectedHolder,
                            .integer(Int64(Charge.certain.rawValue)),
                        ])
                    if database.changes == 0 { outcome = .lost }
                }
            }
            return outcome
        }
    }

    /// Gives back everything this client holds, and lets go of the file.
    func close(until limit: Instant) throws(I2VError) {
        defer { lock.withLock { open = nil } }
        try Self.patiently(until: limit, { isBusy }) { () throws(I2VError) in try letGo() }
    }

    /// Gives back everything this client holds. It may go on afterwards, as if it had just been opened.
    func letGo() throws(I2VError) {
        try use { (database) throws(I2VError) in
            guard let holder else { return }
            try database.transaction { () throws(I2VError) in
                for number in formerHolders + [holder] {
                    try database.run("UPDATE job SET holder = NULL WHERE holder = ?1", [.integer(number)])
                    try database.run("DELETE FROM holder WHERE id = ?1", [.integer(number)])
                }
            }
            self.holder = nil
            formerHolders = []
        }
    }

    /// Throws when what is written would be found by nobody.
    func checkPlace() throws(I2VError) {
        try use { (database) throws(I2VError) in try database.checkPlace() }
    }
}

extension Record {
    /// Who holds the job in the ledger, as far as this client knows.
    fileprivate var expectedHolder: Database.Value { isLost ? .integer(-1) : .init(holder) }
}
