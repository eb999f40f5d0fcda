/// The SHA-256 of served bytes, worked out once for each.
actor Digests {
    private var known: [String: String] = [:]

    /// nil when the bytes cannot be read.
    func sha256(of content: any Content) -> String? {
        if let digest = known[content.tag] { return digest }
        let digest = try? content.sha256()
        known[content.tag] = digest
        return digest
    }
}
