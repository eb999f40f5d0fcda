/// Writes `include/image2video.h`, the file that users read.
struct HeaderEmitter {
    static let path = "include/image2video.h"

    func emit(_ interface: Interface) -> Output {
        var lines = ["/* \(Notice.text) */", ""]
        lines += CComment.block(
            ["@file image2video.h", ""] + CComment.layOut(interface.opening, Prose()), opening: "/**")
        lines += [
            "", "#ifndef IMAGE2VIDEO_H", "#define IMAGE2VIDEO_H", "",
            "#include <stdbool.h>", "#include <stddef.h>", "#include <stdint.h>", "",
            "#ifdef __cplusplus", "extern \"C\" {", "#endif", "",
        ]
        if !interface.handles.isEmpty {
            lines += banner("Handles", []) + [""]
            for handle in interface.handles {
                lines += CComment.documentation(general(handle.documentation))
                lines += ["typedef struct \(handle.name) \(handle.name);", ""]
            }
        }
        for section in interface.sections { lines += emit(section) }
        lines += ["#ifdef __cplusplus", "}", "#endif", "", "#endif /* IMAGE2VIDEO_H */"]
        return Output(path: Self.path, text: lines.joined(separator: "\n") + "\n")
    }

    // MARK: Sections

    private func emit(_ section: Section) -> [String] {
        var lines = banner("\(section.number). \(section.title)", section.introduction) + [""]
        for constant in section.constants {
            lines += CComment.documentation(general(constant.documentation))
            lines += [define(constant), ""]
        }
        for enumeration in section.enumerations { lines += emit(enumeration) + [""] }
        for callback in section.callbacks {
            lines += CComment.documentation(reference(callback.documentation, callback.parameters))
            lines += prototype(
                "typedef " + callback.result.declaring("(*\(callback.name))"), callback.parameters)
            lines.append("")
        }
        for function in section.functions {
            lines += CComment.documentation(reference(function.documentation, function.parameters))
            lines += prototype(function.result.declaring(function.name), function.parameters)
            lines.append("")
        }
        return lines
    }

    /// A heading that catches the eye of who scrolls past; an ordinary comment, so no declaration gets it.
    private func banner(_ title: String, _ introduction: [Markdown.Block]) -> [String] {
        let rule = String(repeating: "=", count: CComment.width - 3)
        let text = CComment.layOut(introduction, Prose(isDoxygen: false))
        return ["/* \(rule)"]
            + ([title, rule] + (text.isEmpty ? [] : [""] + text)).map { $0.isEmpty ? " *" : " * \($0)" }
            + [" */"]
    }

    // MARK: Declarations

    private func define(_ constant: Constant) -> String {
        switch constant.value {
        case .integer(let value):
            if Int32(exactly: value) == nil { return "#define \(constant.name) INT64_C(\(value))" }
            return "#define \(constant.name) \(value < 0 ? "(\(value))" : "\(value)")"
        case .text(let text):
            let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            return "#define \(constant.name) \"\(escaped)\""
        }
    }

    /// The members' comments stand behind them when all of them fit there, and above them otherwise: a list
    /// that mixes both is hard to scan.
    private func emit(_ enumeration: Enumeration) -> [String] {
        var lines = CComment.documentation(general(enumeration.documentation))
        lines += ["typedef int32_t \(enumeration.name);", ""]
        lines += CComment.documentation(
            ["Values of \(enumeration.name); later versions may add some."])
        lines.append("enum {")
        let definitions = enumeration.members.map { "    \($0.name) = \($0.value)," }
        let texts = enumeration.members.map { general($0.documentation, indent: 4) }
        let column = (definitions.map(\.count).max() ?? 0) + 1
        let fit = texts.allSatisfy { $0.count == 1 && column + $0[0].count + 8 <= CComment.width }
        for (index, (definition, text)) in zip(definitions, texts).enumerated() {
            if fit {
                lines.append("\(definition.padding(to: column))/**< \(text[0]) */")
            } else {
                if index > 0 { lines.append("") }
                lines += CComment.documentation(text, indent: "    ")
                lines.append(definition)
            }
        }
        return lines + ["};"]
    }

    /// A prototype on one line when it fits, else with its parameters aligned behind the parenthesis.
    private func prototype(_ start: String, _ parameters: [Parameter]) -> [String] {
        let declarations = parameters.map { $0.type.declaring($0.name) }
        if declarations.isEmpty { return ["\(start)(void);"] }
        let whole = "\(start)(\(declarations.joined(separator: ", ")));"
        if whole.count <= CComment.width { return [whole] }
        let widest = declarations.map(\.count).max() ?? 0
        let fits = start.count + 1 + widest + 2 <= CComment.width
        let margin = String(repeating: " ", count: fits ? start.count + 1 : 4)
        var lines = fits ? [] : ["\(start)("]
        var line = fits ? "\(start)(" : margin
        var isEmpty = true
        for (index, declaration) in declarations.enumerated() {
            let piece = declaration + (index == declarations.count - 1 ? ");" : ",")
            if !isEmpty, line.count + 1 + piece.count > CComment.width {
                lines.append(line)
                (line, isEmpty) = (margin, true)
            }
            line += isEmpty ? piece : " " + piece
            isEmpty = false
        }
        return lines + [line]
    }

    // MARK: Documentation

    /// What a type or a value says: its prose, and nothing in labelled items but the version.
    private func general(_ text: Documentation, indent: Int = 0) -> [String] {
        let width = CComment.width - 3 - indent
        var lines = CComment.layOut(opening(text), Prose(), width: width)
        lines += labelled(text, Prose(), width: width).map { [""] + $0 } ?? []
        return lines
    }

    /// What a function or a callback says, in the order that every one of them keeps.
    private func reference(_ text: Documentation, _ parameters: [Parameter]) -> [String] {
        let prose = Prose(parameters)
        let width = CComment.width - 3
        var lines = CComment.layOut(opening(text), prose)
        var contract: [String] = []
        let column = "@param ".count + (parameters.map(\.name.count).max() ?? 0) + 2
        for (parameter, documented) in zip(parameters, text.parameters) {
            let label = "@param \(parameter.name)".padding(to: column)
            contract += CComment.layOut(documented.text, prose, label: label, column: column)
        }
        if let result = text.fields[.returns] {
            contract += CComment.layOut(result, prose, label: "@return ", column: "@return ".count)
        }
        for group in [contract, labelled(text, prose, width: width) ?? []] where !group.isEmpty {
            lines += [""] + group
        }
        return lines
    }

    private func opening(_ text: Documentation) -> [Markdown.Block] {
        [Markdown.Block(content: .paragraph(text.summary))] + text.body
    }

    /// Who owns what, who may call, since when: a line each, continued with a small indentation.
    private func labelled(_ text: Documentation, _ prose: Prose, width: Int) -> [String]? {
        var lines: [String] = []
        for field in [Documentation.Field.ownership, .threads, .callbacks] {
            guard let blocks = text.fields[field] else { continue }
            lines += CComment.layOut(blocks, prose, width: width, label: "\(field.rawValue): ", column: 2)
        }
        if let since = text.line(.since) { lines.append("@since \(since)") }
        return lines.isEmpty ? nil : lines
    }
}

extension String {
    func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
