/// The release that introduced a function; its minor version is the linker node the function lives in.
struct Version: Comparable, CustomStringConvertible {
    var major: Int
    var minor: Int
    var patch: Int

    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 3, let major = parts[0], let minor = parts[1], let patch = parts[2] else {
            return nil
        }
        (self.major, self.minor, self.patch) = (major, minor, patch)
        guard text == description else { return nil }
    }

    var description: String { "\(major).\(minor).\(patch)" }
    var node: String { "IMAGE2VIDEO_\(major).\(minor)" }

    static func < (one: Self, other: Self) -> Bool {
        (one.major, one.minor, one.patch) < (other.major, other.minor, other.patch)
    }
}
