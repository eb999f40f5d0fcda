import SwiftParser
import SwiftSyntax

/// A source file as a syntax tree that can tell where its declarations stand.
struct ParsedFile {
    let path: String
    let tree: SourceFileSyntax
    private let converter: SourceLocationConverter

    init(_ file: SourceTree.File) {
        path = file.path
        tree = Parser.parse(source: file.text)
        converter = SourceLocationConverter(fileName: file.path, tree: tree)
    }

    func location(of node: some SyntaxProtocol) -> Location {
        Location(file: path, line: converter.location(for: node.positionAfterSkippingLeadingTrivia).line)
    }

    /// The first place where the text is no Swift, if any.
    var firstError: Location? {
        guard tree.hasError else { return nil }
        let token = tree.tokens(viewMode: .all).first { token in
            token.presence == .missing || token.parent?.is(UnexpectedNodesSyntax.self) == true
        }
        return token.map { location(of: $0) } ?? Location(file: path, line: 1)
    }
}

extension SyntaxProtocol {
    /// The lines of the doc comment right above a declaration, without their markers.
    var documentationLines: [String] {
        var lines: [String] = []
        for piece in leadingTrivia {
            switch piece {
            case .docLineComment(let text):
                lines.append(Self.content(of: text.dropFirst(3)))
            case .docBlockComment(let text):
                lines += text.dropFirst(3).dropLast(2).split(
                    separator: "\n", omittingEmptySubsequences: false
                )
                .map { line in
                    let bare = line.drop { $0 == " " }
                    return Self.content(of: bare.hasPrefix("*") ? bare.dropFirst() : bare)
                }
            case .newlines(let count) where count > 1:
                lines = []  // A comment that an empty line sets apart belongs to nothing.
            default:
                continue
            }
        }
        return lines
    }

    private static func content(of line: Substring) -> String {
        String(line.first == " " ? line.dropFirst() : line)
    }
}

extension DeclModifierListSyntax {
    var isPublic: Bool { contains { $0.name.text == "public" } }
}

extension TokenSyntax {
    /// The name without the backticks that let Swift use a keyword.
    var plainName: String { text.filter { $0 != "`" } }
}
