/// How names change on their way from Swift to C.
enum Names {
    /// `timeoutMs` to `timeout_ms`, `maxURLLength` to `max_url_length`, `sha256` as it is.
    static func snake(_ name: String) -> String {
        let letters = Array(name)
        var result = ""
        for (index, letter) in letters.enumerated() {
            if letter.isUppercase, index > 0, letters[index - 1] != "_" {
                let endsWord = !letters[index - 1].isUppercase
                let startsWord = index + 1 < letters.count && letters[index + 1].isLowercase
                if endsWord || startsWord { result += "_" }
            }
            result += letter.lowercased()
        }
        return result
    }

    /// Words that C or C++ keeps for itself, so that no header may use them as a parameter's name.
    static let reserved: Set<String> = [
        "alignas", "alignof", "and", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch",
        "char",
        "class", "compl", "concept", "const", "consteval", "constexpr", "constinit", "continue", "decltype",
        "default", "delete", "do", "double", "else", "enum", "explicit", "export", "extern", "false", "float",
        "for", "friend", "goto", "if", "inline", "int", "long", "mutable", "namespace", "new", "noexcept",
        "not",
        "nullptr", "operator", "or", "private", "protected", "public", "register", "requires", "restrict",
        "return", "short", "signed", "sizeof", "static", "struct", "switch", "template", "this", "throw",
        "true",
        "try", "typedef", "typeid", "typename", "typeof", "union", "unsigned", "using", "virtual", "void",
        "volatile", "while", "xor",
    ]
}
