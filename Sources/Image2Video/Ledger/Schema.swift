/// The tables of the ledger, and what tells its files from others.
enum Schema {
    /// In the file's header: "i2vL".
    private static let application: Int64 = 0x6932_764c
    private static let version: Int64 = 1

    /// Checks that the database is a ledger.
    static func check(_ database: Database) throws(I2VError) {
        guard try database.number("PRAGMA application_id") == application else {
            throw database.refusal("the ledger's file is a database of something else")
        }
        let found = try database.number("PRAGMA user_version")
        guard found <= version else {
            throw database.refusal(
                "the ledger was made by a newer version of this library (schema \(found), known is \(version))"
            )
        }
    }

    static func isEmpty(_ database: Database) throws(I2VError) -> Bool {
        let tables = try database.number("SELECT count(*) FROM sqlite_schema")
        let owner = try database.number("PRAGMA application_id")
        return tables == 0 && owner == 0
    }

    /// Makes an empty database a ledger.
    static func make(_ database: Database) throws(I2VError) {
        try database.transaction { () throws(I2VError) in
            // Another process may have been first.
            guard try isEmpty(database) else { return try check(database) }
            try database.execute(tables)
        }
    }

    private static let tables: StaticString = """
        CREATE TABLE holder(
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            boot TEXT NOT NULL,
            space TEXT NOT NULL,
            process INTEGER NOT NULL,
            started INTEGER NOT NULL,
            until INTEGER NOT NULL
        );
        CREATE TABLE job(
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            base_url TEXT NOT NULL,
            submission TEXT NOT NULL,
            position INTEGER NOT NULL,
            count INTEGER NOT NULL,
            endpoint TEXT,
            request TEXT,
            model TEXT NOT NULL,
            resolution TEXT NOT NULL,
            seconds INTEGER NOT NULL,
            estimate REAL,
            path TEXT,
            replace INTEGER NOT NULL,
            deadline INTEGER NOT NULL,
            submitted INTEGER NOT NULL,
            sent INTEGER,
            state INTEGER NOT NULL,
            status INTEGER NOT NULL,
            charge INTEGER NOT NULL,
            message TEXT,
            id TEXT,
            service_status INTEGER,
            deduction REAL,
            url TEXT,
            expires INTEGER,
            changed INTEGER NOT NULL,
            open INTEGER NOT NULL,
            holder INTEGER,
            part_device INTEGER,
            part_inode INTEGER,
            part_boot TEXT,
            part_validator TEXT,
            part_size INTEGER
        );
        CREATE INDEX job_open ON job(open) WHERE open = 1;
        CREATE INDEX job_id ON job(id) WHERE id IS NOT NULL;
        PRAGMA application_id = 0x6932764c;
        PRAGMA user_version = 1;
        """
}
