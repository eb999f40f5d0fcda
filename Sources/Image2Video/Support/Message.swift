/// Text for a person, put together from parts. It reads like any interpolated text, but appends out of line:
/// the compiler's own interpolation would take as much room in the library as all of its other code.
public struct Message: ExpressibleByStringInterpolation, Sendable {
    public let text: String

    public init(_ text: String) {
        self.text = text
    }

    public init(stringLiteral text: String) {
        self.text = text
    }

    public init(stringInterpolation parts: Parts) {
        text = parts.text
    }

    public struct Parts: StringInterpolationProtocol {
        fileprivate var text = ""

        @inline(never)
        public init(literalCapacity: Int, interpolationCount: Int) {}

        @inline(never)
        public mutating func appendLiteral(_ literal: String) {
            text += literal
        }

        @inline(never)
        public mutating func appendInterpolation(_ part: String) {
            text += part
        }

        @inline(never)
        public mutating func appendInterpolation(_ number: Int64) {
            text += String(number)
        }

        public mutating func appendInterpolation(_ number: Int) { appendInterpolation(Int64(number)) }
        public mutating func appendInterpolation(_ number: Int32) { appendInterpolation(Int64(number)) }
    }

    static func + (left: Message, right: Message) -> Message { Message(left.text + right.text) }
}
