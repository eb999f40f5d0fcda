import SwiftSyntax

/// Finds the Swift enum behind an exported enumeration, wherever in the library it is declared.
struct EnumerationIndex {
    enum Lookup {
        case found(EnumDeclSyntax, in: ParsedFile)
        case missing
        case ambiguous([Location])
    }

    let files: [SourceTree.File]

    /// Looks for `Status`, or for `Job.State` when the enum stands inside another type.
    func find(_ path: String) -> Lookup {
        let last = path.split(separator: ".").last.map(String.init) ?? path
        var matches: [(path: String, node: EnumDeclSyntax, file: ParsedFile)] = []
        for file in files where file.text.contains("enum \(last)") {
            let parsed = ParsedFile(file)
            let collector = EnumerationCollector(viewMode: .sourceAccurate)
            collector.walk(parsed.tree)
            for (name, node) in collector.found where name == path || name.hasSuffix("." + path) {
                matches.append((name, node, parsed))
            }
        }
        let exact = matches.filter { $0.path == path }
        let chosen = exact.isEmpty ? matches : exact
        guard let match = chosen.first else { return .missing }
        guard chosen.count == 1 else { return .ambiguous(chosen.map { $0.file.location(of: $0.node.name) }) }
        return .found(match.node, in: match.file)
    }
}

/// Every enum of a file under its full name.
private final class EnumerationCollector: SyntaxVisitor {
    var found: [(name: String, node: EnumDeclSyntax)] = []
    private var scope: [String] = []

    private func enter(_ name: String) -> SyntaxVisitorContinueKind {
        scope.append(name)
        return .visitChildren
    }

    override func visit(_ node: EnumDeclSyntax) -> SyntaxVisitorContinueKind {
        found.append(((scope + [node.name.plainName]).joined(separator: "."), node))
        return enter(node.name.plainName)
    }
    override func visit(_ node: StructDeclSyntax) -> SyntaxVisitorContinueKind { enter(node.name.plainName) }
    override func visit(_ node: ClassDeclSyntax) -> SyntaxVisitorContinueKind { enter(node.name.plainName) }
    override func visit(_ node: ExtensionDeclSyntax) -> SyntaxVisitorContinueKind {
        enter(node.extendedType.trimmedDescription)
    }
    override func visitPost(_ node: EnumDeclSyntax) { scope.removeLast() }
    override func visitPost(_ node: StructDeclSyntax) { scope.removeLast() }
    override func visitPost(_ node: ClassDeclSyntax) { scope.removeLast() }
    override func visitPost(_ node: ExtensionDeclSyntax) { scope.removeLast() }
}
