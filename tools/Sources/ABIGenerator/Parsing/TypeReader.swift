import SwiftSyntax

/// Turns the Swift types of a signature into C types, and refuses every other type.
struct TypeReader {
    /// A reason for refusing a type, to be put behind the name of what has it.
    struct Unfit: Error {
        var reason: String
    }

    /// What the boundary declares: the only named types that a signature may use.
    var handles: Set<String> = []
    var enumerations: Set<String> = []
    var callbacks: Set<String> = []

    private static let scalars: [String: CType.Scalar] = [
        "Int32": .int32, "Int64": .int64, "UInt32": .uint32, "UInt64": .uint64,
        "Int": .size, "Double": .double, "Bool": .bool,
    ]
    /// Scalars that only make sense as a run of bytes.
    private static let bytes: [String: CType.Scalar] = ["CChar": .char, "UInt8": .uint8]

    func result(_ type: TypeSyntax?) throws(Unfit) -> CType {
        guard let type else { return .void }
        let text = type.trimmedDescription
        return text == "Void" || text == "()" ? .void : try read(type)
    }

    func read(_ type: TypeSyntax) throws(Unfit) -> CType {
        if type.is(ImplicitlyUnwrappedOptionalTypeSyntax.self) {
            throw Unfit(reason: "\(type.trimmedDescription) would trap on NULL; write ? instead of !")
        }
        if let optional = type.as(OptionalTypeSyntax.self) {
            guard let pointer = try pointer(optional.wrappedType) else {
                throw Unfit(reason: "\(type.trimmedDescription) is optional, but only pointers can be NULL")
            }
            return pointer
        }
        if try pointer(type) != nil {
            let text = type.trimmedDescription
            throw Unfit(reason: "\(text) must be optional (\(text)?), because a host may pass NULL")
        }
        return try value(type)
    }

    /// The type when it is passed as it is.
    private func value(_ type: TypeSyntax) throws(Unfit) -> CType {
        let name = type.trimmedDescription
        if let scalar = Self.scalars[name] { return .scalar(scalar) }
        if enumerations.contains(name) { return .enumeration(name) }
        if Self.bytes[name] != nil { throw Unfit(reason: "\(name) can only stand behind a pointer") }
        if name == "UInt" { throw Unfit(reason: "UInt has no C form here; Int is size_t") }
        throw Unfit(reason: "\(name) has no C form")
    }

    /// The type when C sees a pointer, which Swift then has to call optional; nil when it is something else.
    private func pointer(_ type: TypeSyntax) throws(Unfit) -> CType? {
        guard let identifier = type.as(IdentifierTypeSyntax.self) else { return nil }
        let name = identifier.name.text
        guard let arguments = identifier.genericArgumentClause?.arguments else {
            if handles.contains(name) { return .pointer(to: .handle(name), constant: false) }
            if callbacks.contains(name) { return .callback(name) }
            switch name {
            case "UnsafeRawPointer": return .pointer(to: .void, constant: true)
            case "UnsafeMutableRawPointer": return .pointer(to: .void, constant: false)
            case "OpaquePointer":
                throw Unfit(reason: "OpaquePointer hides which handle it is; name the handle")
            default: return nil
            }
        }
        guard let argument = arguments.first, arguments.count == 1, let pointee = argument.type else {
            return nil
        }
        switch name {
        case "Const":
            guard handles.contains(pointee.trimmedDescription) else {
                throw Unfit(reason: "Const<\(pointee.trimmedDescription)> does not name a handle")
            }
            return .pointer(to: .handle(pointee.trimmedDescription), constant: true)
        case "UnsafePointer", "UnsafeMutablePointer":
            let constant = name == "UnsafePointer"
            if let byte = Self.bytes[pointee.trimmedDescription] {
                return .pointer(to: .scalar(byte), constant: constant)
            }
            return .pointer(to: try read(pointee), constant: constant)
        default:
            return nil
        }
    }
}

extension GenericArgumentSyntax {
    fileprivate var type: TypeSyntax? {
        if case .type(let type) = argument { type } else { nil }
    }
}
