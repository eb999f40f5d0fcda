import SwiftSyntax

/// The declarations of one boundary file that reach C, sorted by what they become there.
struct ExportedDeclarations {
    var handles: [TypeAliasDeclSyntax] = []
    var enumerations: [TypeAliasDeclSyntax] = []
    var callbacks: [(alias: TypeAliasDeclSyntax, type: FunctionTypeSyntax)] = []
    var constants: [VariableDeclSyntax] = []
    var functions: [FunctionDeclSyntax] = []
    /// One of them, for the message when there should be none.
    var first: (name: String, node: Syntax)?

    init(_ file: ParsedFile, problems: Problems) {
        for statement in file.tree.statements {
            if let alias = statement.item.as(TypeAliasDeclSyntax.self) {
                add(alias, of: file, problems: problems)
            } else if let variable = statement.item.as(VariableDeclSyntax.self) {
                guard let name = variable.bindings.first?.pattern.trimmedDescription, name.hasPrefix("I2V_")
                else { continue }
                constants.append(variable)
                note(name, variable)
            } else if let function = statement.item.as(FunctionDeclSyntax.self) {
                let name = function.name.plainName
                guard function.exportedName != nil || name.hasPrefix("i2v_") else { continue }
                functions.append(function)
                note(name, function)
            }
        }
        let nested = NestedExportFinder(viewMode: .sourceAccurate)
        nested.walk(file.tree)
        for function in nested.found {
            problems.report(
                file.location(of: function.name),
                "\(function.name.plainName): an exported function stands at the top of its file, under no #if"
            )
        }
    }

    private mutating func add(_ alias: TypeAliasDeclSyntax, of file: ParsedFile, problems: Problems) {
        let name = alias.name.plainName
        guard name.hasPrefix("i2v_") else { return }
        note(name, alias)
        let target = alias.initializer.value
        if target.trimmedDescription == "OpaquePointer" {
            handles.append(alias)
        } else if target.trimmedDescription == "Int32" {
            enumerations.append(alias)
        } else if let attributed = target.as(AttributedTypeSyntax.self),
            attributed.attributes.trimmedDescription == "@convention(c)",
            let function = attributed.baseType.as(FunctionTypeSyntax.self)
        {
            callbacks.append((alias, function))
        } else {
            problems.report(
                file.location(of: alias.name),
                "\(name): an exported type is OpaquePointer (a handle), Int32 (an enumeration) "
                    + "or a @convention(c) function (a callback)")
        }
    }

    private mutating func note(_ name: String, _ node: some SyntaxProtocol) {
        if first == nil { first = (name, Syntax(node)) }
    }
}

extension FunctionDeclSyntax {
    /// The name inside `@_cdecl("…")`.
    var exportedName: String? {
        for case .attribute(let attribute) in attributes
        where attribute.attributeName.trimmedDescription == "_cdecl" {
            return attribute.arguments?.trimmedDescription.filter { $0 != "\"" } ?? ""
        }
        return nil
    }
}

/// Exported functions where the generator does not look for any.
private final class NestedExportFinder: SyntaxVisitor {
    var found: [FunctionDeclSyntax] = []

    override func visit(_ node: FunctionDeclSyntax) -> SyntaxVisitorContinueKind {
        let isAtTop = node.parent?.parent?.parent?.is(SourceFileSyntax.self) == true
        if node.exportedName != nil, !isAtTop { found.append(node) }
        return .visitChildren
    }
}
