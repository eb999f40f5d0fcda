/// A C type as the interface may use it. The set is closed on purpose: what is not here does not cross.
indirect enum CType: Equatable {
    case void
    case scalar(Scalar)
    /// An opaque structure, which only ever stands behind a pointer.
    case handle(String)
    case enumeration(String)
    case callback(String)
    /// `constant` tells whether what is pointed at is const.
    case pointer(to: CType, constant: Bool)

    /// The scalars that have the same meaning in Swift, in C and in ctypes.
    enum Scalar: String {
        case int32 = "int32_t"
        case int64 = "int64_t"
        case uint8 = "uint8_t"
        case uint32 = "uint32_t"
        case uint64 = "uint64_t"
        case size = "size_t"
        case double = "double"
        case bool = "bool"
        case char = "char"
    }

    /// The type as C writes it before a name: `const char *`, or `int32_t `.
    private var prefix: String {
        switch self {
        case .void: "void "
        case .scalar(let scalar): scalar.rawValue + " "
        case .handle(let name), .enumeration(let name), .callback(let name): name + " "
        case .pointer(.pointer(let inner, let innerConstant), let constant):
            CType.pointer(to: inner, constant: innerConstant).prefix + (constant ? "const *" : "*")
        case .pointer(let base, let constant):
            (constant ? "const " : "") + base.prefix + "*"
        }
    }

    /// The declaration of `name` with this type.
    func declaring(_ name: String) -> String { prefix + name }

    /// A handle or a text that whoever receives it must know the owner of.
    var needsOwner: Bool {
        switch self {
        case .pointer(.handle, _), .pointer(.scalar(.char), _): true
        default: false
        }
    }

    /// A place to put a handle or a text: how a function hands out more than its result.
    var handsOut: Bool {
        if case .pointer(let pointee, constant: false) = self { pointee.needsOwner } else { false }
    }

    /// The names of declared types that must come before a declaration using this one.
    var dependency: String? {
        switch self {
        case .enumeration(let name), .callback(let name): name
        case .pointer(let base, _): base.dependency
        case .void, .scalar, .handle: nil
        }
    }
}
