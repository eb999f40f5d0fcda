/// Which job's video an address leads to. An address may stop doing so before the video goes.
struct VideoAddresses {
    private var ids: [String: String] = [:]
    private var expired: Set<String> = []

    func id(at name: String) -> String? { ids[name] }

    func hasExpired(_ name: String) -> Bool { expired.contains(name) }

    mutating func add(_ name: String, for id: String) { ids[name] = id }

    mutating func remove(_ name: String) { ids[name] = nil }

    mutating func expire(_ name: String) {
        ids[name] = nil
        expired.insert(name)
    }
}
