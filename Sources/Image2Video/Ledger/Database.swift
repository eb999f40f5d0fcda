import CSQLite
import CSystem

/// A thin, typed shim over one connection of SQLite. One thread at a time.
final class Database {
    enum Access {
        case reading
        /// The file must be there.
        case writing
        case making
    }

    private let connection: OpaquePointer
    private let process = getpid()
    /// The last that failed did so because others are at work on the file.
    private(set) var isBusy = false
    /// The last that failed may go well later: others are at work on the file, or its disk fails.
    private(set) var mayPass = false
    private var statements: [Int: OpaquePointer] = [:]

    private init(_ connection: OpaquePointer) {
        self.connection = connection
    }

    deinit {
        // A process that was forked off must not even close what its parent has open.
        guard process == getpid() else { return }
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(connection)
        OpenDatabases.shared.leave()
    }

    static func open(_ path: String, for access: Access) throws(I2VError) -> Database {
        // SQLite would take it for a database in memory.
        if path.isEmpty { throw .invalid("path", "the ledger's path is empty") }
        try OpenDatabases.shared.enter()
        var connection: OpaquePointer?
        let flags: Int32
        switch access {
        case .reading: flags = SQLITE_OPEN_READONLY
        case .writing: flags = SQLITE_OPEN_READWRITE
        case .making:
            // What is in it is nobody else's business. SQLite gives its other files the same permissions.
            i2v_make_private_file(path)
            flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        }
        let code = sqlite3_open_v2(path, &connection, flags | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let connection else {
            let error = failure("the ledger cannot be opened", code, connection)
            sqlite3_close_v2(connection)
            OpenDatabases.shared.leave()
            throw error
        }
        sqlite3_extended_result_codes(connection, 1)
        // A client has more to do than to wait for others who are at work on the file, and tries again.
        sqlite3_busy_timeout(connection, access == .making ? 100 : 5_000)
        return Database(connection)
    }

    /// Runs statements that give nothing back.
    func execute(_ sql: StaticString) throws(I2VError) {
        let code = sqlite3_exec(connection, sql.cString, nil, nil, nil)
        if code != SQLITE_OK { throw failure("the ledger cannot be used", code) }
    }

    /// Runs a statement with its values; `onRow` is called for each row it gives.
    func run(
        _ sql: StaticString, _ values: [Value] = [], onRow: (Row) -> Void = { _ in }
    ) throws(I2VError) {
        let statement = try prepare(sql)
        defer { sqlite3_reset(statement) }
        for (index, value) in values.enumerated() { bind(value, statement, Int32(index + 1)) }
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return }
            guard code == SQLITE_ROW else { throw failure("the ledger cannot be used", code) }
            onRow(Row(statement: statement))
        }
    }

    var lastRow: Int64 { sqlite3_last_insert_rowid(connection) }
    /// Rows that the last statement changed.
    var changes: Int { Int(sqlite3_changes(connection)) }

    /// Does `body` as a whole or not at all, with the right to write from its beginning.
    func transaction(_ body: () throws(I2VError) -> Void) throws(I2VError) {
        try execute("BEGIN IMMEDIATE")
        do {
            try body()
            try execute("COMMIT")
        } catch {
            // After some failures SQLite has rolled back itself; that there is nothing to roll back is no
            // news.
            _ = sqlite3_exec(connection, "ROLLBACK", nil, nil, nil)
            throw error
        }
    }

    /// Throws when the file is not where it was opened any more: nobody would find what is written to it.
    func checkPlace() throws(I2VError) {
        var hasMoved: Int32 = 0
        guard sqlite3_file_control(connection, "main", SQLITE_FCNTL_HAS_MOVED, &hasMoved) == SQLITE_OK else {
            return
        }
        if hasMoved != 0 {
            throw refusal("the ledger's file was removed, moved or replaced while it was open")
        }
    }

    /// A whole number that a pragma or a query gives.
    func number(_ sql: StaticString) throws(I2VError) -> Int64 {
        var number: Int64 = 0
        try run(sql) { number = $0.integer(0) ?? 0 }
        return number
    }

    // MARK: Values

    enum Value {
        case null
        case integer(Int64)
        case real(Double)
        case text(String)

        init(_ number: Int64?) { self = number.map { .integer($0) } ?? .null }
        init(_ number: Double?) { self = number.map { .real($0) } ?? .null }
        init(_ text: String?) { self = text.map { .text($0) } ?? .null }
        init(_ flag: Bool) { self = .integer(flag ? 1 : 0) }
    }

    /// The row a statement stands at, valid until it moves on.
    struct Row {
        fileprivate let statement: OpaquePointer

        func integer(_ column: Int32) -> Int64? {
            isNull(column) ? nil : sqlite3_column_int64(statement, column)
        }

        func real(_ column: Int32) -> Double? {
            isNull(column) ? nil : sqlite3_column_double(statement, column)
        }

        /// The number, or what comes nearest to it in the range.
        func integer(_ column: Int32, in range: ClosedRange<Int64>) -> Int64? {
            integer(column).map { min(max($0, range.lowerBound), range.upperBound) }
        }

        func real(_ column: Int32, in range: ClosedRange<Double>) -> Double? {
            real(column).map { min(max($0, range.lowerBound), range.upperBound) }
        }

        func text(_ column: Int32) -> String? {
            guard !isNull(column), let bytes = sqlite3_column_text(statement, column) else { return nil }
            return String(cString: bytes)
        }

        func flag(_ column: Int32) -> Bool { integer(column) == 1 }

        private func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }
    }

    // MARK: Statements

    /// Statements are literals: the address of one tells it from others.
    private func prepare(_ sql: StaticString) throws(I2VError) -> OpaquePointer {
        let key = Int(bitPattern: sql.utf8Start)
        if let known = statements[key] { return known }
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(
            connection, sql.cString, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw failure("the ledger cannot be used", code) }
        statements[key] = statement
        return statement
    }

    private func bind(_ value: Value, _ statement: OpaquePointer, _ index: Int32) {
        switch value {
        case .null: sqlite3_bind_null(statement, index)
        case .integer(let number): sqlite3_bind_int64(statement, index, number)
        case .real(let number): sqlite3_bind_double(statement, index, number)
        case .text(let text): _ = i2v_sqlite_bind_text(statement, index, text, Int32(text.utf8.count))
        }
    }

    // MARK: Errors

    /// What is wrong with the file, which waiting for others does not mend.
    func refusal(_ message: Message) -> I2VError {
        (isBusy, mayPass) = (false, false)
        return I2VError(.ledger, message, field: "ledger")
    }

    private func failure(_ what: Message, _ code: Int32) -> I2VError {
        isBusy = [SQLITE_BUSY, SQLITE_LOCKED].contains(code & 0xff)
        mayPass = isBusy || [SQLITE_FULL, SQLITE_IOERR, SQLITE_CANTOPEN].contains(code & 0xff)
        return Self.failure(what, code, connection)
    }

    private static func failure(_ what: Message, _ code: Int32, _ connection: OpaquePointer?) -> I2VError {
        let words = connection.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
        let systemError = connection.map { sqlite3_system_errno($0) } ?? 0
        let isPassing =
            [SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL].contains(code & 0xff)
            || code & 0xff == SQLITE_IOERR && (systemError == ENOSPC || systemError == EDQUOT)
        return I2VError(
            .ledger, what + ": \(words.shortened(to: 300)) (SQLite \(code))", field: "ledger",
            systemError: systemError, isRetryable: isPassing)
    }
}

/// How many databases this process has open. SQLite keeps what it knows of locks in the process, and a process
/// that was forked off while one was open inherits that knowledge, which is wrong there: it must not touch
/// SQLite at all.
private final class OpenDatabases: @unchecked Sendable {
    static let shared = OpenDatabases()

    private let lock = Lock()
    private var count = 0
    private var process: pid_t = 0

    private init() {
        // A child must not inherit the lock while another thread has it.
        i2v_at_fork(
            { OpenDatabases.shared.lock.lock() }, { OpenDatabases.shared.lock.unlock() },
            { OpenDatabases.shared.lock.unlock() })
    }

    func enter() throws(I2VError) {
        try lock.withLock { () throws(I2VError) in
            if count > 0 && process != getpid() {
                throw I2VError(
                    .forked,
                    "this process was forked off while a ledger was open, and must not open one; start a new "
                        + "program instead, or open the first ledger after fork", field: "ledger")
            }
            count += 1
            process = getpid()
        }
    }

    func leave() {
        lock.withLock { count -= 1 }
    }
}

extension StaticString {
    fileprivate var cString: UnsafePointer<CChar> {
        UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
