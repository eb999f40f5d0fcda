import CJansson
import CSystem

/// A value of a JSON document: a thin reader over Jansson that keeps the whole document alive. Every reader
/// gives nil for a value of another kind, so that hostile or changed answers fall through to "not said".
public struct JSON: @unchecked Sendable {
    /// Owns one reference to the document's root.
    private final class Document {
        let root: UnsafeMutablePointer<json_t>
        init(owning root: UnsafeMutablePointer<json_t>) { self.root = root }
        deinit { json_decref(root) }
    }

    private let document: Document
    private let node: UnsafeMutablePointer<json_t>

    private init(document: Document, node: UnsafeMutablePointer<json_t>) {
        self.document = document
        self.node = node
    }

    private init?(owning node: UnsafeMutablePointer<json_t>?) {
        guard let node else { return nil }
        self.init(document: Document(owning: node), node: node)
    }

    /// Reads a document; nil when the bytes are not JSON.
    public init?(parsing bytes: [UInt8]) {
        self.init(bytes, i2v_json_load_flags)
    }

    /// Reads a document that could be read in one way only: no member twice, no text with a NUL in it.
    init?(strictlyParsing bytes: [UInt8]) {
        self.init(bytes, i2v_json_strict_flags)
    }

    private init?(_ bytes: [UInt8], _ flags: Int) {
        let root = bytes.withUnsafeBytes { buffer -> UnsafeMutablePointer<json_t>? in
            guard let base = buffer.bindMemory(to: CChar.self).baseAddress else { return nil }
            return json_loadb(base, buffer.count, flags, nil)
        }
        self.init(owning: root)
    }

    /// Reads a document in which none of the `secrets` may appear, in whatever spelling JSON allows.
    init?(parsing bytes: [UInt8], hiding secrets: [String]) {
        var bytes = bytes
        for secret in secrets { bytes.redact(secret.utf8) }
        self.init(parsing: bytes)
        // Escapes can hide one from a search of the bytes. Written again, every text has one spelling only.
        guard !secrets.isEmpty, bytes.contains(UInt8(ascii: "\\")) else { return }
        var canonical = Array(text.utf8)
        var found = false
        for secret in secrets {
            let spelled = JSON(owning: secret.withCString { json_string($0) })?.text ?? ""
            found = canonical.redact(secret.utf8) || found
            found = canonical.redact(spelled.utf8.dropFirst().dropLast()) || found
        }
        if found { self.init(parsing: canonical) }
    }

    /// The same value as a document of its own, which keeps nothing else alive; nil when there is no memory for it.
    func copy() -> JSON? {
        JSON(owning: json_deep_copy(node))
    }

    /// It keeps no larger document alive.
    var isWhole: Bool { node == document.root }

    public static func object() -> JSON? {
        JSON(owning: json_object())
    }

    // MARK: Reading

    private var type: json_type { i2v_json_type(node) }

    public var isNull: Bool { type == JSON_NULL }
    public var isObject: Bool { type == JSON_OBJECT }

    /// A member of an object. Keys are literals nearly everywhere; taken as such they need no String.
    @inline(never)
    public subscript(_ key: StaticString) -> JSON? {
        member(UnsafeRawPointer(key.utf8Start).assumingMemoryBound(to: CChar.self))
    }

    public func member(_ key: UnsafePointer<CChar>) -> JSON? {
        guard type == JSON_OBJECT, let found = json_object_get(node, key) else { return nil }
        return JSON(document: document, node: found)
    }

    public var count: Int { type == JSON_ARRAY ? json_array_size(node) : 0 }

    public subscript(_ index: Int) -> JSON? {
        guard type == JSON_ARRAY, index >= 0, let found = json_array_get(node, index) else { return nil }
        return JSON(document: document, node: found)
    }

    /// The elements of an array; nil when this is none.
    public var elements: [JSON]? {
        guard type == JSON_ARRAY else { return nil }
        return (0..<count).compactMap { self[$0] }
    }

    /// The text's bytes, valid as long as this value lives.
    public var cString: UnsafePointer<CChar>? {
        type == JSON_STRING ? json_string_value(node) : nil
    }

    @inline(never)
    public var string: String? {
        cString.map { String(cString: $0) }
    }

    /// A whole number; also one written as text or with a zero fraction, as the service sometimes does.
    @inline(never)
    public var integer: Int64? {
        if type == JSON_INTEGER { return Int64(json_integer_value(node)) }
        if type == JSON_REAL { return Int64(exactly: json_real_value(node)) }
        return string.flatMap { Int64($0) }
    }

    @inline(never)
    public var real: Double? {
        if type == JSON_INTEGER { return Double(json_integer_value(node)) }
        if type == JSON_REAL { return json_real_value(node) }
        guard let text = cString, text.pointee != 0 else { return nil }
        var end: UnsafeMutablePointer<CChar>?
        let value = strtod(text, &end)
        return end?.pointee == 0 && value.isFinite ? value : nil
    }

    @inline(never)
    public var bool: Bool? {
        if type == JSON_TRUE { return true }
        if type == JSON_FALSE { return false }
        switch integer {
        case 0: return false
        case 1: return true
        default: return nil
        }
    }

    /// A text, or a number as it is written: for what services send as either.
    var scalarText: String? {
        type == JSON_INTEGER || type == JSON_REAL ? text : string
    }

    /// The value as one line of JSON text.
    public var text: String {
        guard let dump = json_dumps(node, i2v_json_dump_flags) else { return "null" }
        defer { i2v_json_free_text(dump) }
        return String(cString: dump)
    }

    // MARK: Writing, before the value is shared

    public func set(_ key: StaticString, _ value: String) {
        put(key, value.withCString { json_string($0) })
    }

    public func set(_ key: StaticString, _ value: Int64) {
        put(key, json_integer(json_int_t(value)))
    }

    public func set(_ key: StaticString, _ value: Double) {
        put(key, json_real(value))
    }

    public func set(_ key: StaticString, _ value: Bool) {
        put(key, value ? json_true() : json_false())
    }

    /// Sets a value that may belong to another document, which it keeps alive.
    public func set(_ key: StaticString, _ value: JSON) {
        json_object_set(node, UnsafeRawPointer(key.utf8Start).assumingMemoryBound(to: CChar.self), value.node)
    }

    /// Sets an array made of the given values.
    public func set(_ key: StaticString, _ values: [JSON]) {
        let array = json_array()
        for value in values { json_array_append(array, value.node) }
        put(key, array)
    }

    private func put(_ key: StaticString, _ value: UnsafeMutablePointer<json_t>?) {
        json_object_set_new(node, UnsafeRawPointer(key.utf8Start).assumingMemoryBound(to: CChar.self), value)
    }
}

extension [UInt8] {
    /// Replaces every occurrence of `secret` by as many asterisks; true when there was one.
    @discardableResult
    mutating func redact(_ secret: some Collection<UInt8>) -> Bool {
        let length = secret.count
        guard let first = secret.first, count >= length else { return false }
        var found = false
        var index = 0
        while index <= count - length {
            guard self[index] == first, self[index..<index + length].elementsEqual(secret) else {
                index += 1
                continue
            }
            for offset in 0..<length { self[index + offset] = UInt8(ascii: "*") }
            index += length
            found = true
        }
        return found
    }
}
