/// What differs between a committed file and the one that would be generated, as `diff -u` shows it.
enum UnifiedDiff {
    /// At most `limit` lines, so that a missing file does not flood a build log.
    static func between(_ old: String, and new: String, path: String, context: Int = 3, limit: Int = 60)
        -> String
    {
        let rows = rows(lines(old), lines(new))
        let changed = rows.indices.filter { rows[$0].mark != " " }
        guard !changed.isEmpty else { return "" }
        var output = ["--- a/\(path)", "+++ b/\(path)"]
        var position = 0
        while position < changed.count {
            var end = position
            while end + 1 < changed.count, changed[end + 1] - changed[end] <= 2 * context { end += 1 }
            let range =
                max(0, changed[position] - context)...min(rows.count - 1, changed[end] + context)
            let before = rows[..<range.lowerBound]
            let hunk = rows[range]
            func extent(_ mark: Character) -> String {
                let count = hunk.count { $0.mark != mark }
                let start = before.count { $0.mark != mark } + (count == 0 ? 0 : 1)
                return "\(start),\(count)"
            }
            output.append("@@ -\(extent("+")) +\(extent("-")) @@")
            output += hunk.map { "\($0.mark)\($0.line)" }
            position = end + 1
        }
        if output.count > limit {
            output = output.prefix(limit) + ["… \(output.count - limit) more lines"]
        }
        return output.joined(separator: "\n") + "\n"
    }

    private static func lines(_ text: String) -> [Substring] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    private static func rows(_ old: [Substring], _ new: [Substring]) -> [(mark: Character, line: Substring)] {
        let difference = new.difference(from: old)
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var rows: [(mark: Character, line: Substring)] = []
        var (from, to) = (0, 0)
        while from < old.count || to < new.count {
            if removed.contains(from) {
                rows.append(("-", old[from]))
                from += 1
            } else if inserted.contains(to) {
                rows.append(("+", new[to]))
                to += 1
            } else {
                rows.append((" ", old[from]))
                from += 1
                to += 1
            }
        }
        return rows
    }
}
