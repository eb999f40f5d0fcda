import SwiftSyntax

/// The values that can be read from source without running it.
enum Literal {
    static func integer(_ expression: ExprSyntax) -> Int64? {
        if let negated = expression.as(PrefixOperatorExprSyntax.self), negated.operator.text == "-" {
            return integer(negated.expression).map { -$0 }
        }
        guard let digits = expression.as(IntegerLiteralExprSyntax.self)?.literal.text.filter({ $0 != "_" })
        else {
            return nil
        }
        let radixes = ["0x": 16, "0o": 8, "0b": 2]
        if let radix = radixes[String(digits.prefix(2))] { return Int64(digits.dropFirst(2), radix: radix) }
        return Int64(digits)
    }

    static func constant(_ binding: PatternBindingSyntax) -> Constant.Value? {
        guard let value = binding.initializer?.value else { return nil }
        switch binding.typeAnnotation?.type.trimmedDescription {
        case "Int32":
            return integer(value).flatMap(Int32.init(exactly:)).map { .integer(Int64($0)) }
        case "Int64", "Int":
            return integer(value).map { .integer($0) }
        case "StaticString", "String":
            guard let text = value.as(StringLiteralExprSyntax.self)?.representedLiteralValue,
                text.unicodeScalars.allSatisfy({ (" "..."~").contains($0) })
            else { return nil }
            return .text(text)
        default:
            return nil
        }
    }
}
