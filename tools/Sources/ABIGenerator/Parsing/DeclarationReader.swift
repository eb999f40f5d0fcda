import SwiftSyntax

/// Turns one exported declaration at a time into its entry in the model.
struct DeclarationReader {
    let problems: Problems
    /// Knows the types that all boundary files declare together.
    let types: TypeReader
    let index: EnumerationIndex

    private var documentation: DocumentationReader { DocumentationReader(problems: problems) }

    func handle(_ alias: TypeAliasDeclSyntax, in file: ParsedFile) -> Handle? {
        let (name, place) = (alias.name.plainName, file.location(of: alias.name))
        requirePublic(alias.modifiers, name, place)
        guard let text = documentation.read(alias.documentationLines, of: name, at: place) else { return nil }
        return Handle(name: name, documentation: text, location: place)
    }

    func constant(_ variable: VariableDeclSyntax, in file: ParsedFile) -> Constant? {
        guard let binding = variable.bindings.first else { return nil }
        let (name, place) = (binding.pattern.trimmedDescription, file.location(of: binding.pattern))
        requirePublic(variable.modifiers, name, place)
        let text = documentation.read(variable.documentationLines, of: name, at: place)
        guard variable.bindings.count == 1, variable.bindingSpecifier.text == "let",
            let value = Literal.constant(binding)
        else {
            problems.report(
                place,
                "\(name): a constant is `let` with a type (Int32, Int64, Int, StaticString) and a literal")
            return nil
        }
        guard let text else { return nil }
        return Constant(name: name, value: value, documentation: text, location: place)
    }

    func enumeration(_ alias: TypeAliasDeclSyntax, in file: ParsedFile) -> Enumeration? {
        let (name, place) = (alias.name.plainName, file.location(of: alias.name))
        requirePublic(alias.modifiers, name, place)
        guard let text = documentation.read(alias.documentationLines, of: name, at: place) else { return nil }
        guard let words = text.line(.values)?.split(separator: " ").map({ $0.filter { $0 != "`" } }),
            words.count == 2
        else {
            problems.report(
                place, "\(name): the doc comment needs a line \"- Values: <Swift enum> <I2V_PREFIX_>\"")
            return nil
        }
        switch index.find(words[0]) {
        case .missing:
            problems.report(
                place, "\(name): no enum \(words[0]) under \(SourceTree.core) or \(SourceTree.boundary)")
        case .ambiguous(let places):
            let list = places.map { "\($0.file):\($0.line)" }.joined(separator: ", ")
            problems.report(
                place, "\(name): enum \(words[0]) is declared more than once (\(list)); write its full name")
        case .found(let node, let home):
            let inherited = node.inheritanceClause?.inheritedTypes.first?.type.trimmedDescription
            if inherited != "Int32" {
                problems.report(
                    home.location(of: node.name), "\(node.name.plainName): must have raw type Int32")
            }
            let cases = node.memberBlock.members.compactMap { $0.decl.as(EnumCaseDeclSyntax.self) }
            let members = cases.flatMap { declaration in
                declaration.elements.compactMap { member($0, of: declaration, prefix: words[1], in: home) }
            }
            return Enumeration(name: name, members: members, documentation: text, location: place)
        }
        return nil
    }

    private func member(
        _ element: EnumCaseElementSyntax, of declaration: EnumCaseDeclSyntax, prefix: String,
        in file: ParsedFile
    ) -> Enumeration.Member? {
        let (name, place) = (element.name.plainName, file.location(of: element.name))
        if declaration.elements.count > 1 {
            problems.report(
                place, "case \(name): a case that C sees stands on its own, with its own doc comment")
            return nil
        }
        let text = documentation.read(declaration.documentationLines, of: "case \(name)", at: place)
        guard
            let value = element.rawValue.flatMap({ Literal.integer($0.value) }).flatMap(Int32.init(exactly:))
        else {
            problems.report(place, "case \(name): needs its value written out, as an Int32 literal")
            return nil
        }
        guard let text else { return nil }
        let constant = text.line(.name)?.filter { $0 != "`" } ?? prefix + Names.snake(name).uppercased()
        return Enumeration.Member(name: constant, value: value, documentation: text, location: place)
    }

    func callback(
        _ alias: TypeAliasDeclSyntax, _ type: FunctionTypeSyntax, in file: ParsedFile
    ) -> Callback? {
        let (name, place) = (alias.name.plainName, file.location(of: alias.name))
        requirePublic(alias.modifiers, name, place)
        if let effects = type.effectSpecifiers {
            problems.report(place, "\(name): a callback cannot be \(effects.trimmedDescription)")
        }
        var parameters: [Parameter] = []
        for parameter in type.parameters {
            guard let label = (parameter.secondName ?? parameter.firstName)?.plainName, label != "_" else {
                problems.report(place, "\(name): name every parameter (`_ job: i2v_job?`)")
                continue
            }
            parameters += self.parameter(label, parameter.type, of: name, at: file.location(of: parameter))
        }
        let text = documentation.read(alias.documentationLines, of: name, at: place)
        guard let text, let result = result(type.returnClause.type, of: name, at: place) else { return nil }
        return Callback(
            name: name, parameters: parameters, result: result, documentation: text, location: place)
    }

    func function(_ declaration: FunctionDeclSyntax, in file: ParsedFile) -> Function? {
        let (name, place) = (declaration.name.plainName, file.location(of: declaration.name))
        requirePublic(declaration.modifiers, name, place)
        switch declaration.exportedName {
        case nil:
            problems.report(
                place, "\(name): has the name of an exported function but no @_cdecl(\"\(name)\")")
        case let exported? where exported != name:
            problems.report(place, "\(name): @_cdecl(\"\(exported)\") must carry the function's own name")
        default:
            break
        }
        let signature = declaration.signature
        if let effects = signature.effectSpecifiers {
            problems.report(place, "\(name): an exported function cannot be \(effects.trimmedDescription)")
        }
        if declaration.genericParameterClause != nil {
            problems.report(place, "\(name): an exported function cannot be generic")
        }
        var parameters: [Parameter] = []
        for parameter in signature.parameterClause.parameters {
            let label = (parameter.secondName ?? parameter.firstName).plainName
            let here = file.location(of: parameter)
            if label == "_" { problems.report(here, "\(name): name every parameter") }
            if parameter.defaultValue != nil {
                problems.report(here, "\(name): \(label): C has no default values")
            }
            if parameter.ellipsis != nil {
                problems.report(here, "\(name): \(label): variable arguments do not cross")
            }
            parameters += self.parameter(label, parameter.type, of: name, at: here)
        }
        let text = documentation.read(declaration.documentationLines, of: name, at: place)
        let result = result(signature.returnClause?.type, of: name, at: place)
        guard let text, let result else { return nil }
        guard let since = text.line(.since).flatMap(Version.init) else {
            problems.report(place, "\(name): the doc comment needs \"- Since: <version>\", such as 0.1.0")
            return nil
        }
        return Function(
            name: name, parameters: parameters, result: result, since: since, documentation: text,
            location: place)
    }

    // MARK: Their parts

    private func requirePublic(_ modifiers: DeclModifierListSyntax, _ name: String, _ place: Location) {
        if !modifiers.isPublic { problems.report(place, "\(name): what C sees is public") }
    }

    private func parameter(_ label: String, _ type: TypeSyntax, of owner: String, at place: Location)
        -> [Parameter]
    {
        do {
            return [Parameter(swiftName: label, name: Names.snake(label), type: try types.read(type))]
        } catch {
            problems.report(place, "\(owner): \(label): \(error.reason)")
            return []
        }
    }

    private func result(_ type: TypeSyntax?, of owner: String, at place: Location) -> CType? {
        do {
            return try types.result(type)
        } catch {
            problems.report(place, "\(owner): result: \(error.reason)")
            return nil
        }
    }
}
