import SwiftSyntax

/// The comment that a boundary file starts with: `// Section 3: Client` and the section's introduction.
struct SectionHeading {
    var number: Int
    var title: String
    var introduction: [String]

    init?(_ tree: SourceFileSyntax) {
        var lines: [String] = []
        reading: for piece in tree.firstToken(viewMode: .sourceAccurate)?.leadingTrivia ?? [] {
            switch piece {
            case .lineComment(let text): lines.append(String(text.dropFirst(text.hasPrefix("// ") ? 3 : 2)))
            case .newlines(1), .carriageReturnLineFeeds(1): continue
            default: break reading
            }
        }
        guard let first = lines.first, let match = first.wholeMatch(of: #/Section ([0-9]+): (.+)/#),
            let number = Int(match.1)
        else { return nil }
        (self.number, title, introduction) = (number, String(match.2), Array(lines.dropFirst()))
    }
}
