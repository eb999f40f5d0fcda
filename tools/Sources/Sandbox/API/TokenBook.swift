/// The tokens handed out, and until when they hold.
actor TokenBook {
    private let life: Milliseconds
    private var ends: [String: Milliseconds] = [:]

    init(seconds: Double) { life = Int(seconds * 1000) }

    func issue() -> String {
        let token =
            "sandbox." + (0..<4).map { _ in String(UInt64.random(in: 0...UInt64.max), radix: 36) }.joined()
        ends[token] = now() + life
        return token
    }

    func holds(_ token: String) -> Bool { ends[token].map { now() < $0 } ?? false }

    /// Ends all of them and says how many that were.
    func expireAll() -> Int {
        defer { ends = [:] }
        return ends.count
    }
}
