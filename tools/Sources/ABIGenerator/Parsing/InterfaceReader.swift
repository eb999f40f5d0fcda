import SwiftSyntax

/// Reads the boundary's sources into the model, reporting everything that breaks a convention.
struct InterfaceReader {
    private typealias Exporter = (file: ParsedFile, declarations: ExportedDeclarations)

    private let tree: SourceTree
    private let problems = Problems()

    /// The interface, or a `Refusal` with all that is wrong with it.
    static func read(_ tree: SourceTree) throws -> Interface {
        try InterfaceReader(tree: tree).read()
    }

    private init(tree: SourceTree) { self.tree = tree }

    private func read() throws -> Interface {
        let opening = tree.opening ?? ""
        if opening.allSatisfy(\.isWhitespace) {
            problems.report(Location(file: SourceTree.opening, line: 1), "missing: it opens the header")
        }
        var exporters: [Exporter] = []
        for source in tree.boundary {
            let file = ParsedFile(source)
            if let place = file.firstError { problems.report(place, "this is not valid Swift") }
            exporters.append((file, ExportedDeclarations(file, problems: problems)))
        }
        if exporters.allSatisfy(\.declarations.functions.isEmpty) {
            let place = Location(file: SourceTree.boundary, line: 1)
            problems.report(place, "no @_cdecl function here; is --root right?")
        }
        let reader = DeclarationReader(
            problems: problems, types: types(of: exporters),
            index: EnumerationIndex(files: tree.boundary + tree.core))
        let sections = exporters.compactMap { section(of: $0, reader) }
        let lines = opening.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let interface = Interface(
            opening: Markdown.parse(lines), sections: sections.sorted { $0.number < $1.number })
        Rules(problems: problems).check(interface)
        try problems.throwIfAny()
        return interface
    }

    /// The names of all files together: a signature may use a type of any of them.
    private func types(of exporters: [Exporter]) -> TypeReader {
        var types = TypeReader()
        for (_, declarations) in exporters {
            types.handles.formUnion(declarations.handles.map(\.name.plainName))
            types.enumerations.formUnion(declarations.enumerations.map(\.name.plainName))
            types.callbacks.formUnion(declarations.callbacks.map(\.alias.name.plainName))
        }
        return types
    }

    private func section(of exporter: Exporter, _ reader: DeclarationReader) -> Section? {
        let (file, declarations) = exporter
        guard let heading = SectionHeading(file.tree) else {
            if let (name, node) = declarations.first {
                problems.report(
                    file.location(of: node),
                    "\(name): a file that exports must start with a line \"// Section <number>: <title>\"")
            }
            return nil
        }
        return Section(
            number: heading.number, title: heading.title, introduction: Markdown.parse(heading.introduction),
            location: Location(file: file.path, line: 1),
            handles: declarations.handles.compactMap { reader.handle($0, in: file) },
            constants: declarations.constants.compactMap { reader.constant($0, in: file) },
            enumerations: declarations.enumerations.compactMap { reader.enumeration($0, in: file) },
            callbacks: declarations.callbacks.compactMap { reader.callback($0.alias, $0.type, in: file) },
            functions: declarations.functions.compactMap { reader.function($0, in: file) })
    }
}
