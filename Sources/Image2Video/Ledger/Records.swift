/// What a ledger holds at one moment, oldest first; for looking, without a client.
public final class Records: @unchecked Sendable {
    public let entries: [Entry]
    /// Texts that C holds pointers to.
    public let texts = TextCache()

    private init(_ entries: [Entry]) {
        self.entries = entries
    }

    /// Reads a ledger, which must be there.
    public static func read(_ path: String) throws(I2VError) -> Records {
        let database = try Database.open(path, for: .reading)
        // A client is just making it.
        if try Schema.isEmpty(database) { return Records([]) }
        try Schema.check(database)
        var entries: [Entry] = []
        try database.run(Entry.columns, [.integer(.min), .integer(-1)]) { entries.append(Entry($0)) }
        return Records(entries)
    }

    /// Removes what ended longer ago than `age` milliseconds, but for lost creates that can be looked for; gives
    /// how many jobs that were.
    public static func prune(_ path: String, olderThan age: Int64) throws(I2VError) -> Int {
        guard age >= 0 else { throw .invalid("older_than", "older_than is negative") }
        let database = try Database.open(path, for: .writing)
        try Schema.check(database)
        let limit = Instant(milliseconds: WallClock.now) - Instant(milliseconds: age)
        var count = 0
        try database.transaction { () throws(I2VError) in
            try database.run(Entry.prune, [.integer(limit)] + Entry.lostValues)
            count = database.changes
        }
        return count
    }
}

extension Entry {
    /// The whole record as JSON.
    public var json: String {
        guard let object = JSON.object() else { return "{}" }
        object.set("number", row ?? 0)
        object.set("base_url", baseURL)
        object.set("submission", submission)
        object.set("position", position)
        object.set("count", count)
        if let name = endpoint?.ledgerName { object.set("endpoint", name) }
        if let request = request.flatMap({ JSON(parsing: Array($0.utf8)) }) { object.set("request", request) }
        object.set("submitted", submitted)
        object.set("changed", changed)
        object.set("open", isOpen)
        object.set("held", holder != nil)
        object.set("state", Int64(state))
        object.set("status", Int64(status))
        object.set("charge", Int64(charge))
        setOptional(object)
        return object.text
    }

    private func setOptional(_ object: JSON) {
        if let sent { object.set("sent", sent) }
        if let path { object.set("path", path) }
        if let message { object.set("message", message) }
        if let id { object.set("id", id) }
        if let serviceStatus { object.set("service_status", serviceStatus) }
        if let estimate { object.set("estimate", estimate) }
        if let deduction { object.set("deduction_credit", deduction) }
        if let url { object.set("url", url) }
        if let expires { object.set("expires", expires) }
    }
}
