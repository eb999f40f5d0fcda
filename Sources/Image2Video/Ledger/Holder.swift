import CSystem

/// A process that holds jobs of the ledger. It counts as alive while its lease runs, which it renews, and, where
/// that can be seen from here, while the process exists: so the jobs of a dead one are free at once, or at the
/// latest when its lease has run out.
struct Holder {
    /// Milliseconds that a lease runs, and after which one is renewed.
    static let lease: Int64 = 60_000
    static let heartbeat: Int64 = 15_000

    /// Which boot of the machine; times of another mean nothing.
    let boot: String
    /// Which processes can see each other.
    let space: String
    let process: Int64
    /// In the kernel's ticks since boot: tells a process from a later one of the same number.
    let started: Int64
    /// On a clock that counts from boot and through sleep.
    let until: Int64

    /// This process, from now on.
    static func current() -> Holder {
        let process = Int64(getpid())
        return Holder(
            boot: Machine.boot, space: space, process: process, started: start(of: process) ?? 0,
            until: Machine.uptime + lease)
    }

    var isAlive: Bool {
        guard boot == Machine.boot, until > Machine.uptime else { return false }
        guard !space.isEmpty, space == Self.space, started != 0 else { return true }
        return Self.start(of: process) == started
    }

    private static var space: String {
        var info = stat()
        guard stat("/proc/self/ns/pid", &info) == 0 else { return "" }
        return "\(Int64(truncatingIfNeeded: info.st_dev)):\(Int64(truncatingIfNeeded: info.st_ino))"
    }

    /// The 22nd field of its line; the second is in brackets and may hold anything. What is dead and only not
    /// yet collected by its parent has none.
    private static func start(of process: Int64) -> Int64? {
        let line = Array(Machine.smallFile("/proc/\(process)/stat").utf8)
        guard let bracket = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = line[line.index(after: bracket)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 19, let state = fields[0].first, !"ZX".utf8.contains(state) else { return nil }
        return Int64(String(decoding: fields[19], as: UTF8.self))
    }
}

// MARK: In SQL

extension Holder {
    static let insert: StaticString = """
        INSERT INTO holder(boot, space, process, started, until) VALUES (?1, ?2, ?3, ?4, ?5)
        """
    /// With the number that it had; those of holders are not given out twice.
    static let insertAgain: StaticString = """
        INSERT OR REPLACE INTO holder(boot, space, process, started, until, id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        """
    static let all: StaticString = "SELECT id, boot, space, process, started, until FROM holder"

    var values: [Database.Value] {
        [.text(boot), .text(space), .integer(process), .integer(started), .integer(until)]
    }

    init(_ row: Database.Row) {
        boot = row.text(1) ?? ""
        space = row.text(2) ?? ""
        process = row.integer(3) ?? 0
        started = row.integer(4) ?? 0
        until = row.integer(5) ?? 0
    }
}
