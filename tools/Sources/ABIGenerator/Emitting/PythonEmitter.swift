/// Writes `_abi.py`: the interface as ctypes sees it, and nothing that would make importing it slow.
struct PythonEmitter {
    static let path = "bindings/python/src/image2video/_abi.py"

    func emit(_ interface: Interface) -> Output {
        var lines = [
            "# \(Notice.text)",
            "\"\"\"The C interface of libimage2video for ctypes; image2video.h says what it means.\"\"\"",
            "",
            "from __future__ import annotations",
            "",
            "import ctypes",
        ]
        lines += imports(interface)
        lines += [
            "",
            "TYPE_CHECKING = False  # As typing has it; importing typing would take longer than all of this.",
            "if TYPE_CHECKING:",
            "    from typing import Any, Final",
        ]
        lines += handles(interface.handles)
        for section in interface.sections { lines += constants(section) }
        lines += enumerations(interface)
        lines += callbacks(interface)
        lines += table(interface)
        lines += Self.binding
        return Output(path: Self.path, text: lines.joined(separator: "\n") + "\n")
    }

    // MARK: Parts of the module

    private func imports(_ interface: Interface) -> [String] {
        var used: Set<String> = ["Structure", "POINTER"]
        if !interface.sections.allSatisfy(\.enumerations.isEmpty) { used.insert("c_int32") }
        let callbacks = interface.sections.flatMap(\.callbacks)
        if !callbacks.isEmpty { used.insert("CFUNCTYPE") }
        let signatures =
            callbacks.map { ($0.parameters, $0.result) }
            + interface.functions.map { ($0.parameters, $0.result) }
        for (parameters, result) in signatures {
            for type in parameters.map(\.type) + [result] {
                for word in Self.name(of: type).split(whereSeparator: { "()".contains($0) })
                where word.hasPrefix("c_") || word == "POINTER" {
                    used.insert(String(word))
                }
            }
        }
        return wrap("from ctypes import ", used.sorted(), limit: 110)
    }

    /// In a type checker's eyes each pointer type is a type; at run time it is what ctypes makes of it.
    private func handles(_ handles: [Handle]) -> [String] {
        var lines: [String] = []
        for handle in handles {
            lines += ["", "", "class \(handle.name)(Structure):"]
            let summary = Prose(isDoxygen: false).plain(handle.documentation.summary)
            let text = CComment.wrap(summary, width: 100, first: "    \"\"\"", rest: "    ")
            lines += text.count == 1 ? [text[0] + "\"\"\""] : text + ["    \"\"\""]
        }
        guard !handles.isEmpty else { return [] }
        lines += ["", "", "if TYPE_CHECKING:"]
        lines += handles.map { "    \($0.name)_p = ctypes._Pointer[\($0.name)]" }
        lines += ["else:"]
        lines += handles.map { "    \($0.name)_p = POINTER(\($0.name))" }
        return lines
    }

    private func constants(_ section: Section) -> [String] {
        var lines: [String] = []
        if !section.constants.isEmpty { lines += ["", "# \(section.title)."] }
        for constant in section.constants {
            lines.append("\(constant.name): Final = \(Self.literal(constant.value))")
        }
        for enumeration in section.enumerations {
            let summary = Prose(isDoxygen: false).plain(enumeration.documentation.summary)
            lines += [""]
            lines += CComment.wrap("\(enumeration.name): \(summary)", width: 100, first: "# ", rest: "# ")
            lines.append("\(enumeration.name) = c_int32")
            lines += enumeration.members.map { "\($0.name): Final = \($0.value)" }
        }
        return lines
    }

    private func enumerations(_ interface: Interface) -> [String] {
        var lines = [
            "",
            "# The values of each enumeration by their names. A library newer than this table may have more.",
            "ENUMERATIONS: Final[dict[str, dict[str, int]]] = {",
        ]
        for enumeration in interface.sections.flatMap(\.enumerations) {
            lines.append("    \"\(enumeration.name)\": {")
            lines += enumeration.members.map { "        \"\($0.name)\": \($0.name)," }
            lines.append("    },")
        }
        return lines + ["}"]
    }

    private func callbacks(_ interface: Interface) -> [String] {
        let callbacks = interface.sections.flatMap(\.callbacks)
        guard !callbacks.isEmpty else { return [] }
        var lines = ["", "# What the library calls; the host passes NULL as, say, \(callbacks[0].name)()."]
        for callback in callbacks {
            let types = ([callback.result] + callback.parameters.map(\.type)).map(Self.name)
            lines.append("\(callback.name) = CFUNCTYPE(\(types.joined(separator: ", ")))")
        }
        return lines
    }

    private func table(_ interface: Interface) -> [String] {
        var lines = [
            "", "# Each function with its result and its arguments.",
            "FUNCTIONS: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {",
        ]
        for section in interface.sections where !section.functions.isEmpty {
            lines.append("    # \(section.title)")
            for function in section.functions { lines += entry(function) }
        }
        return lines + ["}"]
    }

    private func entry(_ function: Function) -> [String] {
        let types = function.parameters.map { Self.name(of: $0.type) }
        let arguments = types.count == 1 ? "(\(types[0]),)" : "(\(types.joined(separator: ", ")))"
        let result = Self.name(of: function.result)
        let whole = "    \"\(function.name)\": (\(result), \(arguments)),"
        if whole.count <= 110 { return [whole] }
        return ["    \"\(function.name)\": (", "        \(result),"]
            + wrap("        (", types, limit: 110, ending: "),") + ["    ),"]
    }

    // MARK: Names

    /// The type in ctypes. Texts that the caller only reads are `c_char_p`, which turns into bytes by itself;
    /// texts that the caller has to give back keep their address.
    static func name(of type: CType) -> String {
        switch type {
        case .void: "None"
        case .scalar(.size): "c_size_t"
        case .scalar(let scalar): "c_" + scalar.rawValue.replacing("_t", with: "")
        case .handle(let name), .enumeration(let name), .callback(let name): name
        case .pointer(.void, _): "c_void_p"
        case .pointer(.scalar(.char), constant: true): "c_char_p"
        case .pointer(.handle(let name), _): name + "_p"
        case .pointer(let base, _): "POINTER(\(self.name(of: base)))"
        }
    }

    private static func literal(_ value: Constant.Value) -> String {
        switch value {
        case .integer(let value): "\(value)"
        case .text(let text):
            "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
        }
    }

    /// A list on one line, or one name a line in parentheses.
    private func wrap(_ start: String, _ names: [String], limit: Int, ending: String = "") -> [String] {
        let line = start + names.joined(separator: ", ") + ending
        if line.count <= limit { return [line] }
        let margin = String(start.prefix { $0 == " " })
        let opening = start.hasSuffix("(") ? start : start + "("
        return [opening] + names.map { "\(margin)    \($0)," } + [margin + (ending.isEmpty ? ")" : ending)]
    }

    private static let binding = """


        def bind(library: ctypes.CDLL, name: str) -> Any:
            \"""Give one function its types and return it. AttributeError: the library is older than it.\"""
            function = getattr(library, name)
            function.restype, function.argtypes = FUNCTIONS[name]
            return function


        def bind_all(library: ctypes.CDLL) -> None:
            \"""Give every function its types.\"""
            for name in FUNCTIONS:
                bind(library, name)


        class Functions:
            \"""The functions of a loaded library as attributes, each bound when it is first used.\"""

            def __init__(self, library: ctypes.CDLL) -> None:
                self._library = library

            def __getattr__(self, name: str) -> Any:
                if name not in FUNCTIONS:
                    raise AttributeError(name)
                function = bind(self._library, name)
                setattr(self, name, function)
                return function
        """.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
}
