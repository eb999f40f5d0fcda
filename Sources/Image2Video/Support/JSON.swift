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

    /// Reads a document; nil when the bytes are not JSON, however leniently they are read: what JavaScript or Python
    /// reads is read (`JSONRepair`), and of a member that is there twice the last counts.
    public init?(parsing bytes: [UInt8]) {
        self.init(bytes, i2v_json_lenient)
    }

    /// Reads a document that can be read in one way only: no member twice, no text with a NUL in it.
    init?(unambiguously bytes: [UInt8]) {
        self.init(bytes, i2v_json_unambiguous)
    }

    /// The same, of what is JSON to the letter.
    init?(strictlyParsing bytes: [UInt8]) {
        self.init(owning: Self.load(bytes, i2v_json_unambiguous))
    }

    private init?(_ bytes: [UInt8], _ flags: Int) {
        let root = Self.load(bytes, flags) ?? JSONRepair.repaired(bytes).flatMap { Self.load($0, flags) }
        self.init(owning: root)
    }

    private static func load(_ bytes: [UInt8], _ flags: Int) -> UnsafeMutablePointer<json_t>? {
        // Jansson passes over a NUL behind a number.
        guard !bytes.contains(0) else { return nil }
        return bytes.withUnsafeBytes { buffer in
            guard let base = buffer.bindMemory(to: CChar.self).baseAddress else { return nil }
            return i2v_json_load(base, buffer.count, flags)
        }
    }

    /// Reads a document in whose texts none of the `secrets` may be seen, however they are spelled there. Names,
    /// numbers, and what is too short for a secret stay.
    init?(parsing bytes: [UInt8], hiding secrets: [String]) {
        self.init(parsing: bytes)
        let secrets = secrets.filter { $0.isLongEnoughForASecret }.map { Array($0.utf8) }
        if !secrets.isEmpty { hide(secrets) }
    }

    /// Goes through all texts: without recursion, since the depth is the server's, and with no more memory than that.
    private func hide(_ secrets: [[UInt8]]) {
        var path: [Visit] = []
        var next: UnsafeMutablePointer<json_t>? = node
        while true {
            if let node = next {
                switch i2v_json_type(node) {
                case JSON_STRING: Self.hide(secrets, in: node)
                case JSON_ARRAY, JSON_OBJECT: path.append(Visit(node))
                default: break
                }
            } else if path.popLast() == nil {
                return
            }
            next = path.isEmpty ? nil : path[path.count - 1].child()
        }
    }

    /// How far one has gone through an array or an object.
    private struct Visit {
        private let node: UnsafeMutablePointer<json_t>
        private var index = 0
        private var member: UnsafeMutableRawPointer?

        init(_ node: UnsafeMutablePointer<json_t>) {
            self.node = node
            member = json_object_iter(node)
        }

        /// The next of its values; nil when there are no more.
        mutating func child() -> UnsafeMutablePointer<json_t>? {
            if let place = member {
                member = json_object_iter_next(node, place)
                return json_object_iter_value(place)
            }
            index += 1
            return json_array_get(node, index - 1)
        }
    }

    private static func hide(_ secrets: [[UInt8]], in node: UnsafeMutablePointer<json_t>) {
        guard let text = json_string_value(node) else { return }
        let bytes = UnsafeRawBufferPointer(start: text, count: json_string_length(node))
        let found = secrets.filter { bytes.holds($0) }
        guard !found.isEmpty else { return }
        var hidden = Array(bytes)
        for secret in found { hidden.redact(secret) }
        hidden.withUnsafeBytes { buffer in
            _ = json_string_setn_nocheck(node, buffer.bindMemory(to: CChar.self).baseAddress, buffer.count)
        }
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
    public var elements: Elements? { type == JSON_ARRAY ? Elements(of: self, count: count) : nil }

    /// This value where elements are wanted.
    var alone: Elements { Elements(of: self, count: nil) }

    /// Values one after the other, which take no room of their own: there may be millions.
    public struct Elements: RandomAccessCollection {
        private let whole: JSON
        /// nil for the value itself.
        private let length: Int?

        fileprivate init(of whole: JSON, count: Int?) {
            self.whole = whole
            length = count
        }

        public var startIndex: Int { 0 }
        public var endIndex: Int { length ?? 1 }
        public subscript(index: Int) -> JSON { length == nil ? whole : whole[index] ?? whole }
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
        if let text = string, let whole = Int64(text) { return whole }
        return real.flatMap { Int64(exactly: $0) }
    }

    @inline(never)
    public var real: Double? {
        if type == JSON_INTEGER { return Double(json_integer_value(node)) }
        if type == JSON_REAL { return json_real_value(node) }
        return cString.flatMap { Self.real(of: $0) }
    }

    /// The number that a text is, whatever the locale of the host says of decimal points.
    static func real(of text: UnsafePointer<CChar>) -> Double? {
        var value = 0.0
        return i2v_read_real(text, &value) != 0 && value.isFinite ? value : nil
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

    /// A text, or a number as it is written: for what a service sends as either.
    var scalarText: String? {
        type == JSON_INTEGER || type == JSON_REAL ? text : string
    }

    /// An id: a text, or a number of any size; nil for an empty one.
    public var id: String? {
        scalarText.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The value as one line of JSON text.
    public var text: String {
        guard let dump = i2v_json_dump(node) else { return "null" }
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
