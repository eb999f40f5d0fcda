/// Writes `packaging/image2video.map`: which symbols the shared library exports, and since which version.
struct VersionScriptEmitter {
    static let path = "packaging/image2video.map"

    func emit(_ interface: Interface) -> Output {
        var lines = ["/* \(Notice.text) */"]
        var previous: String?
        let nodes = Dictionary(grouping: interface.functions, by: \.since.node)
            .sorted { $0.value[0].since < $1.value[0].since }
        for (node, functions) in nodes {
            lines += ["\(node) {", "    global:"]
            lines += functions.map(\.name).sorted().map { "        \($0);" }
            // The oldest node hides everything that is not named anywhere.
            if previous == nil { lines += ["    local:", "        *;"] }
            lines.append(previous.map { "} \($0);" } ?? "};")
            previous = node
        }
        return Output(path: Self.path, text: lines.joined(separator: "\n") + "\n")
    }
}
