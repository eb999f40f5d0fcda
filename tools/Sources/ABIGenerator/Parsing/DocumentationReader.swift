import Foundation

/// Takes a doc comment apart, and says what is missing from it.
struct DocumentationReader {
    let problems: Problems

    /// Reads the lines of a comment on `subject`. Reports what is wrong; nil when nothing is right.
    func read(_ lines: [String], of subject: String, at location: Location) -> Documentation? {
        func refuse(_ message: String) { problems.report(location, "\(subject): \(message)") }

        let start = lines.firstIndex { Self.label(of: $0) != nil } ?? lines.count
        var prose = Markdown.parse(Array(lines[..<start]))
        guard let first = prose.first else {
            refuse("has no doc comment")
            return nil
        }
        guard case .paragraph(let summary) = first.content else {
            refuse("the doc comment must start with a sentence")
            return nil
        }
        prose.removeFirst()
        var documentation = Documentation(summary: summary, body: prose)

        var last: Documentation.Field?
        for group in Self.groups(lines[start...]) {
            guard let (word, argument, text) = Self.label(of: group[0]) else { continue }
            if let stray = group.dropFirst().first(where: { !$0.isEmpty && !$0.hasPrefix(" ") }) {
                refuse("\"\(stray)\" stands after \"- \(word):\"; prose comes before the labelled items")
            }
            let field = argument == nil ? Documentation.Field(rawValue: word) : .parameters
            guard let field, argument == nil || word == "Parameter" else {
                refuse("unknown item \"- \(word):\"; known are \(Self.known)")
                continue
            }
            if let last, Self.order(field) < Self.order(last) {
                refuse("\"- \(word):\" comes after \"- \(last.rawValue):\"; the order is \(Self.known)")
            }
            if documentation.fields[field] != nil, argument == nil {
                refuse("\"- \(field.rawValue):\" is there twice")
            }
            last = field
            let rest = Self.outdented(Array(group.dropFirst()))
            if let argument {
                documentation.parameters.append((argument, Markdown.parse([text] + rest)))
            } else if field == .parameters {
                documentation.parameters += Self.parameters(rest)
            } else {
                let blocks = Markdown.parse([text] + rest)
                if blocks.isEmpty { refuse("\"- \(word):\" says nothing") }
                documentation.fields[field] = blocks
            }
        }
        return documentation
    }

    private static var known: String {
        Documentation.Field.allCases.map(\.rawValue).joined(separator: ", ")
    }

    private static func order(_ field: Documentation.Field) -> Int {
        Documentation.Field.allCases.firstIndex(of: field)!
    }

    /// `- Returns: text` and `- Parameter name: text`, at the start of a line.
    private static func label(of line: String) -> (word: String, argument: String?, text: String)? {
        guard let match = line.wholeMatch(of: #/- ([A-Z][A-Za-z]*)(?: (\w+))?:(?: +(.*))?/#) else {
            return nil
        }
        if match.2 != nil && match.1 != "Parameter" { return nil }
        return (String(match.1), match.2.map(String.init), String(match.3 ?? ""))
    }

    /// Each labelled line with the lines that follow it.
    private static func groups(_ lines: ArraySlice<String>) -> [[String]] {
        var groups: [[String]] = []
        for line in lines {
            if label(of: line) != nil { groups.append([line]) } else { groups[groups.count - 1].append(line) }
        }
        return groups
    }

    private static func parameters(_ lines: [String]) -> [(name: String, text: [Markdown.Block])] {
        var items: [(name: String, lines: [String])] = []
        for line in lines {
            if let match = line.wholeMatch(of: #/- `?(\w+)`?:(?: +(.*))?/#) {
                items.append((String(match.1), [String(match.2 ?? "")]))
            } else if !items.isEmpty {
                items[items.count - 1].lines.append(line)
            }
        }
        return items.map { item in
            (item.name, Markdown.parse([item.lines[0]] + outdented(Array(item.lines.dropFirst()))))
        }
    }

    private static func outdented(_ lines: [String]) -> [String] {
        let indents = lines.filter { !$0.isEmpty }.map { $0.prefix { $0 == " " }.count }
        let common = indents.min() ?? 0
        return lines.map { String($0.dropFirst(common)) }
    }
}
