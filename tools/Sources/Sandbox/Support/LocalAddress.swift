import Foundation

/// Addresses on this machine: the only ones the sandbox ever calls.
enum LocalAddress {
    /// An http or https address on this machine; nil for any other text.
    static func url(_ text: String) -> URL? {
        guard let url = URL(string: text), let host = url.host, isLocal(host),
            let scheme = url.scheme?.lowercased(), scheme == "http" || scheme == "https"
        else { return nil }
        return url
    }

    private static func isLocal(_ host: String) -> Bool {
        if ["localhost", "::1", "[::1]"].contains(host) { return true }
        // Four numbers, so that "127.example.com" is somebody else.
        let parts = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return parts.count == 4 && parts.allSatisfy { $0 != nil } && parts[0] == 127
    }
}
