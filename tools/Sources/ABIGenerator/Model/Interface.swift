/// The whole C interface as the Swift sources declare it: what every emitter reads and no emitter changes.
struct Interface {
    /// The text of `Header.md`.
    var opening: [Markdown.Block]
    /// In the order of their numbers.
    var sections: [Section]

    var handles: [Handle] { sections.flatMap(\.handles) }
    var functions: [Function] { sections.flatMap(\.functions) }
}

/// One source file that exports something, which is one section of the header.
struct Section {
    var number: Int
    var title: String
    var introduction: [Markdown.Block]
    var location: Location
    var handles: [Handle] = []
    var constants: [Constant] = []
    var enumerations: [Enumeration] = []
    var callbacks: [Callback] = []
    var functions: [Function] = []
}

/// An opaque object: C knows its name and nothing else.
struct Handle {
    var name: String
    var documentation: Documentation
    var location: Location
}

/// A compile-time value, which C sees as a macro.
struct Constant {
    enum Value: Equatable {
        case integer(Int64)
        case text(String)
    }

    var name: String
    var value: Value
    var documentation: Documentation
    var location: Location
}

/// An `int32_t` with named values: no C enumeration type, so that a later version may add to them.
struct Enumeration {
    struct Member {
        var name: String
        var value: Int32
        var documentation: Documentation
        var location: Location
    }

    var name: String
    var members: [Member]
    var documentation: Documentation
    var location: Location
}

/// A parameter under both of its names: documentation in Swift speaks of one, C of the other.
struct Parameter {
    var swiftName: String
    var name: String
    var type: CType
}

/// A function pointer type that the host implements.
struct Callback {
    var name: String
    var parameters: [Parameter]
    var result: CType
    var documentation: Documentation
    var location: Location
}

/// An exported function.
struct Function {
    var name: String
    var parameters: [Parameter]
    var result: CType
    var since: Version
    var documentation: Documentation
    var location: Location
}
