import Testing

@testable import ABIGenerator

/// Whatever breaks a convention is refused with its place and with words that say what to do.
@Suite("Refusals")
struct RefusalTests {
    /// The messages about a boundary file that holds `source` behind a sound start.
    private func refusals(
        _ source: String, core: String = "", heading: String = "// Section 1: Things",
        opening: String? = "Text."
    ) throws -> String {
        let start = """
            \(heading)
            import Image2Video

            /// A thing.
            public typealias i2v_thing = OpaquePointer

            """
        let tree = SourceTree(
            opening: opening,
            boundary: [
                .init(path: "Sources/Image2VideoC/Things.swift", text: start + source + "\n"),
                .init(path: "Sources/Image2VideoC/Sound.swift", text: Self.sound),
            ],
            core: [.init(path: "Sources/Image2Video/Core.swift", text: core)])
        do {
            _ = try Generator.outputs(for: tree)
            return ""
        } catch let refusal as Refusal {
            return refusal.description
        }
    }

    /// A function whose doc comment is complete but for what is replaced in it.
    private func function(
        _ signature: String = "i2v_thing_do(_ thing: i2v_thing?)", parameters: String = "thing",
        returns: Bool = false, name: String? = nil, without: String = "-", and extra: String = ""
    ) -> String {
        let name = name ?? String(signature.prefix { $0 != "(" })
        var lines = ["/// Do it.", "///"]
        lines += parameters.split(separator: " ").map { "/// - Parameter \($0): it." }
        if returns { lines.append("/// - Returns: it.") }
        lines += [
            "/// - Ownership: the caller's.", "/// - Threads: any.", "/// - Callbacks: yes.",
            "/// - Since: 0.1.0",
        ]
        lines.removeAll { $0.contains("- \(without):") }
        if !extra.isEmpty { lines.append(extra) }
        return (lines + ["@_cdecl(\"\(name)\")", "public func \(signature) {}"]).joined(separator: "\n")
    }

    private static let sound = """
        // Section 9: Sound
        /// Work the sound.
        ///
        /// - Threads: any.
        /// - Callbacks: yes.
        /// - Since: 0.1.0
        @_cdecl("i2v_sound_work")
        public func i2v_sound_work() {}
        """

    private func expect(
        _ messages: String, _ fragment: String, _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(messages.contains(fragment), "got: \(messages)", sourceLocation: location)
    }

    @Test func nothingWhenAllIsWell() throws {
        #expect(try refusals(function()) == "")
    }

    @Test func tellsFileAndLine() throws {
        let messages = try refusals("public func i2v_thing_do() {}")
        expect(messages, "Sources/Image2VideoC/Things.swift:6: error: i2v_thing_do: ")
    }

    @Test func tellsEverythingAtOnce() throws {
        let messages = try refusals(function(without: "Threads") + "\n" + "public let I2V_X: Int32 = 3")
        #expect(messages.split(separator: "\n").count == 2, "\(messages)")
    }

    // MARK: Files

    @Test func files() throws {
        expect(try refusals("", opening: nil), "Sources/Image2VideoC/Header.md:1: error: missing")
        expect(
            try refusals("", heading: "// Things"),
            "i2v_thing: a file that exports must start with a line \"// Section <number>: <title>\"")
        expect(
            try refusals("", heading: "// Section 9: Things"),
            "section 9 is also Sources/Image2VideoC/")
        expect(try refusals("public func ("), "this is not valid Swift")
        let empty = SourceTree(opening: "Text.", boundary: [], core: [])
        #expect(throws: Refusal.self) { try Generator.outputs(for: empty) }
    }

    @Test func conditionsAndNesting() throws {
        let message = "i2v_thing_do: an exported function stands at the top of its file, under no #if"
        expect(try refusals("#if os(Linux)\n" + function() + "\n#endif"), message)
        expect(try refusals("enum Things {\n" + function() + "\n}"), message)
    }

    // MARK: Functions

    @Test func functionNames() throws {
        expect(try refusals(function("i2v_do()", parameters: "")), "i2v_do: must be named i2v_<noun>_<verb>")
        expect(
            try refusals(function(name: "i2v_other_do")),
            "i2v_thing_do: @_cdecl(\"i2v_other_do\") must carry the function's own name")
        expect(
            try refusals("/// Do it.\npublic func i2v_thing_do() {}"),
            "i2v_thing_do: has the name of an exported function but no @_cdecl(\"i2v_thing_do\")")
        expect(
            try refusals(function().replacing("public func", with: "func")),
            "i2v_thing_do: what C sees is public")
        expect(try refusals(function() + "\n" + function()), "i2v_thing_do: also declared at ")
    }

    @Test func functionPairs() throws {
        expect(
            try refusals(function("i2v_thing_create() -> i2v_thing?", parameters: "", returns: true)),
            "i2v_thing_create: there is no i2v_thing_destroy")
        expect(
            try refusals(
                function(
                    "i2v_thing_create_from(_ made: UnsafeMutablePointer<i2v_thing?>?)", parameters: "made")),
            "i2v_thing_create_from: there is no i2v_thing_destroy")
        expect(
            try refusals(function("i2v_thing_retain(_ thing: i2v_thing?)")),
            "i2v_thing_retain: there is no i2v_thing_release")
    }

    @Test func functionForms() throws {
        expect(
            try refusals(function("i2v_thing_do(_ thing: i2v_thing?) throws")),
            "i2v_thing_do: an exported function cannot be throws")
        expect(
            try refusals(function("i2v_thing_do<T>(_ thing: i2v_thing?)", name: "i2v_thing_do")),
            "i2v_thing_do: an exported function cannot be generic")
        expect(
            try refusals(function("i2v_thing_do(_ n: Int32 = 1)", parameters: "n")),
            "i2v_thing_do: n: C has no default values")
        expect(
            try refusals(function("i2v_thing_do(_ n: Int32...)", parameters: "n")),
            "i2v_thing_do: n: variable arguments do not cross")
        expect(
            try refusals(function("i2v_thing_do(_ register: Int32)", parameters: "register")),
            "i2v_thing_do: register is a keyword of C or C++")
    }

    @Test(arguments: [
        ("i2v_thing", "i2v_thing must be optional (i2v_thing?), because a host may pass NULL"),
        ("UnsafePointer<CChar>", "UnsafePointer<CChar> must be optional"),
        ("UnsafeRawPointer", "UnsafeRawPointer must be optional"),
        ("UnsafeMutablePointer<i2v_thing>?", "i2v_thing must be optional"),
        ("UnsafeMutablePointer<Int32>!", "would trap on NULL; write ? instead of !"),
        ("Int32?", "Int32? is optional, but only pointers can be NULL"),
        ("OpaquePointer?", "name the handle"),
        ("Const<Int32>?", "Const<Int32> does not name a handle"),
        ("CChar", "CChar can only stand behind a pointer"),
        ("UInt", "UInt has no C form here; Int is size_t"),
        ("[Int32]", "[Int32] has no C form"),
        ("i2v_unknown", "i2v_unknown has no C form"),
        ("UnsafePointer<String>?", "String has no C form"),
    ])
    func types(_ type: String, _ reason: String) throws {
        let messages = try refusals(function("i2v_thing_do(_ it: \(type))", parameters: "it"))
        expect(messages, "i2v_thing_do: it: ")
        expect(messages, reason)
    }

    @Test func results() throws {
        expect(
            try refusals(
                function("i2v_thing_get_name() -> UnsafePointer<CChar>", parameters: "", returns: true)),
            "i2v_thing_get_name: result: UnsafePointer<CChar> must be optional")
    }

    // MARK: Documentation

    @Test func missingDocumentation() throws {
        expect(
            try refusals("@_cdecl(\"i2v_thing_do\")\npublic func i2v_thing_do() {}"),
            "i2v_thing_do: has no doc comment")
        expect(try refusals(function(parameters: "")), "i2v_thing_do: the parameter thing is not documented")
        expect(
            try refusals(function(parameters: "thing other")),
            "i2v_thing_do: documents other, which is no parameter")
        expect(
            try refusals(function("i2v_thing_do(_ a: Int32, _ b: Int32)", parameters: "b a")),
            "i2v_thing_do: documents its parameters in another order")
        expect(
            try refusals(function("i2v_thing_do(_ thing: i2v_thing?) -> Int32")),
            "i2v_thing_do: the doc comment needs \"- Returns:\"")
        expect(
            try refusals(function(returns: true)), "i2v_thing_do: documents a result but returns nothing")
        for field in ["Threads", "Callbacks", "Since"] {
            expect(
                try refusals(function(without: field)), "i2v_thing_do: the doc comment needs \"- \(field):")
        }
        expect(
            try refusals(function().replacing("0.1.0", with: "soon")),
            "the doc comment needs \"- Since: <version>\"")
        expect(
            try refusals(function().replacing("Do it.", with: "Do it")),
            "i2v_thing_do: the first paragraph must end with a full stop")
    }

    @Test(arguments: ["i2v_thing_get_x() -> i2v_thing?", "i2v_thing_get_x() -> UnsafePointer<CChar>?"])
    func missingOwnershipOfResults(_ signature: String) throws {
        expect(
            try refusals(function(signature, parameters: "", returns: true, without: "Ownership")),
            "hands out a handle or a text, so the doc comment needs \"- Ownership:\"")
    }

    @Test(arguments: ["UnsafeMutablePointer<i2v_thing?>?", "UnsafeMutablePointer<UnsafePointer<CChar>?>?"])
    func missingOwnershipOfWhatIsHandedOut(_ type: String) throws {
        expect(
            try refusals(function("i2v_thing_do(_ it: \(type))", parameters: "it", without: "Ownership")),
            "hands out a handle or a text, so the doc comment needs \"- Ownership:\"")
    }

    @Test func malformedDocumentation() throws {
        expect(
            try refusals(function(and: "/// - Note: it is new.")),
            "i2v_thing_do: unknown item \"- Note:\"; known are Parameters, Returns, ")
        expect(
            try refusals(function(and: "/// - Threads: any.")),
            "i2v_thing_do: \"- Threads:\" is there twice")
        expect(
            try refusals(function(without: "Threads", and: "/// - Threads: any.")),
            "i2v_thing_do: \"- Threads:\" comes after \"- Since:\"; the order is Parameters, Returns, ")
        expect(
            try refusals(function(and: "/// More.")),
            "i2v_thing_do: \"More.\" stands after \"- Since:\"; prose comes before the labelled items")
    }

    // MARK: Types and constants

    @Test func handlesAndOtherTypes() throws {
        expect(
            try refusals("public typealias i2v_bare = OpaquePointer"), "i2v_bare: has no doc comment")
        expect(
            try refusals("/// A pair.\npublic typealias i2v_pair = (Int32, Int32)"),
            "i2v_pair: an exported type is OpaquePointer (a handle), Int32 (an enumeration) or a "
        )
        expect(
            try refusals("/// Hidden.\ntypealias i2v_hidden = OpaquePointer"),
            "i2v_hidden: what C sees is public")
    }

    @Test func constants() throws {
        let message = "I2V_X: a constant is `let` with a type (Int32, Int64, Int, StaticString) and a literal"
        for declaration in [
            "let I2V_X = 3", "var I2V_X: Int32 = 3", "let I2V_X: Int32 = 1 + 2", "let I2V_X: Float = 3",
        ] {
            expect(try refusals("/// X.\npublic \(declaration)"), message)
        }
        expect(try refusals("public let I2V_X: Int32 = 3"), "I2V_X: has no doc comment")
        expect(try refusals("/// X.\npublic let I2V_x: Int32 = 3"), "I2V_x: must be named I2V_<NAME>")
    }

    @Test func enumerations() throws {
        let alias = "/// Mode.\n/// - Values: Mode I2V_MODE_\npublic typealias i2v_mode = Int32"
        func mode(_ cases: String, type: String = "Int32") -> String { "enum Mode: \(type) {\n\(cases)\n}" }

        #expect(try refusals(alias, core: mode("/// A.\ncase a = 1")) == "")
        expect(
            try refusals("/// Mode.\npublic typealias i2v_mode = Int32"),
            "i2v_mode: the doc comment needs a line \"- Values: <Swift enum> <I2V_PREFIX_>\"")
        expect(
            try refusals(alias), "i2v_mode: no enum Mode under Sources/Image2Video or Sources/Image2VideoC")
        expect(
            try refusals(alias, core: "struct A { enum Mode: Int32 {} }\nstruct B { enum Mode: Int32 {} }"),
            "i2v_mode: enum Mode is declared more than once")
        expect(try refusals(alias, core: mode("", type: "Int")), "Mode: must have raw type Int32")
        expect(try refusals(alias, core: mode("")), "i2v_mode: its enum has no cases")
        expect(
            try refusals(alias, core: mode("case a = 1")), "Core.swift:2: error: case a: has no doc comment")
        expect(try refusals(alias, core: mode("/// A.\ncase a")), "case a: needs its value written out")
        expect(
            try refusals(alias, core: mode("/// A.\ncase a = 1, b = 2")),
            "case b: a case that C sees stands on its own, with its own doc comment")
        expect(
            try refusals(alias, core: mode("/// A.\ncase a = 1\n/// B.\ncase b = 1")),
            "I2V_MODE_B: the value 1 is taken")
        expect(
            try refusals(alias, core: mode("/// A.\n/// - C: I2V_MODE_B\ncase a = 1\n/// B.\ncase b = 2")),
            "I2V_MODE_B: also declared at Sources/Image2Video/Core.swift:4")
    }

    @Test func callbacks() throws {
        func callback(_ parameters: String, name: String = "i2v_thing_fn", result: String = "Void") -> String
        {
            "/// Told.\npublic typealias \(name) = @convention(c) (\(parameters)) -> \(result)"
        }
        let data = "_ userData: UnsafeMutableRawPointer?"
        #expect(try refusals(callback(data)) == "")
        expect(
            try refusals(callback("\(data), _ n: Int32")),
            "i2v_thing_fn: the last parameter must be `_ userData: UnsafeMutableRawPointer?`")
        expect(try refusals(callback(data, name: "i2v_told")), "i2v_told: must be named i2v_<event>_fn")
        expect(try refusals(callback("Int32, \(data)")), "i2v_thing_fn: name every parameter")
        expect(try refusals(callback("_ s: String, \(data)")), "i2v_thing_fn: s: String has no C form")
        expect(
            try refusals(
                callback("_ n: Int32, \(data)").replacing("Told.", with: "Told.\n/// - Parameter m: m.")),
            "i2v_thing_fn: documents m, which is no parameter")
    }

    @Test func typesUsedTooEarly() throws {
        expect(
            try Self.usingLateType(), "i2v_sound_set: uses i2v_mode, which the header declares only later")
    }

    /// What is said when section 1 uses a type of section 2.
    private static func usingLateType() throws -> String {
        let first = """
            // Section 1: Sound
            /// Set the mode.
            ///
            /// - Parameter mode: the mode.
            /// - Threads: any.
            /// - Callbacks: yes.
            /// - Since: 0.1.0
            @_cdecl("i2v_sound_set")
            public func i2v_sound_set(_ mode: i2v_mode) {}
            """
        let second = """
            // Section 2: Mode
            /// Mode.
            /// - Values: Mode I2V_MODE_
            public typealias i2v_mode = Int32
            enum Mode: Int32 {
                /// A.
                case a = 1
            }
            """
        do {
            let files = [first, second].enumerated().map { SourceTree.File(path: "\($0).swift", text: $1) }
            _ = try Generator.outputs(for: SourceTree(opening: "Text.", boundary: files, core: []))
            return ""
        } catch let refusal as Refusal {
            return refusal.description
        }
    }
}
