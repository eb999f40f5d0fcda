import CSystem
import Image2Video

// What every exported function does before and after its one call inward: checks handles and texts, and
// turns errors into statuses. Nothing here is exported.

/// A handle that a function only reads.
public typealias Const<Handle> = Handle

// MARK: Handles

/// A handle for `object`: one reference, which the host gives back.
func handle<Object: AnyObject>(_ object: Object) -> OpaquePointer {
    OpaquePointer(Unmanaged.passRetained(object).toOpaque())
}

@inline(never)
func object<Object: AnyObject>(_ handle: OpaquePointer?, as type: Object.Type) -> Object? {
    handle.map { Unmanaged<Object>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
}

func unwrap<Object: AnyObject>(
    _ handle: OpaquePointer?, as type: Object.Type, _ name: String
) throws(I2VError) -> Object {
    guard let object = object(handle, as: type) else { throw .null(name) }
    return object
}

func retain<Object: AnyObject>(_ handle: OpaquePointer?, as type: Object.Type) -> OpaquePointer? {
    if let handle { _ = Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).retain() }
    return handle
}

func release<Object: AnyObject>(_ handle: OpaquePointer?, as type: Object.Type) {
    if let handle { Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).release() }
}

// MARK: Errors

/// Does `body`; on failure hands the error out and gives its status.
@inline(never)
func attempt(
    _ error: UnsafeMutablePointer<i2v_error?>?, _ body: () throws(I2VError) -> Void
) -> i2v_status {
    do {
        try body()
        return Status.ok.rawValue
    } catch let failure {
        error?.pointee = handle(ErrorBox(failure))
        return failure.status.rawValue
    }
}

// MARK: Texts and numbers

func text(_ pointer: UnsafePointer<CChar>?, _ name: String) throws(I2VError) -> String {
    guard let pointer else { throw .null(name) }
    guard let text = String(validatingCString: pointer) else { throw .invalid(name, "\(name) is not UTF-8") }
    return text
}

/// The file to save to; none when no path is given.
func target(_ path: UnsafePointer<CChar>?, _ replace: Bool) throws(I2VError) -> Target? {
    guard let path else { return nil }
    return Target(path: try text(path, "path"), replace: replace)
}

/// The texts of a list.
func texts(
    _ list: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int, _ name: String
) throws(I2VError) -> [String] {
    guard let list else { throw .null(name) }
    guard count > 0 else { throw .invalid(name, "\(name) is empty") }
    guard count <= 1_000_000 else { throw .invalid(name, "\(name) has more than a million entries") }
    var found: [String] = []
    for index in 0..<count { found.append(try text(list[index], name)) }
    return found
}

/// A span for a wait: -1 is without end.
func timeout(_ milliseconds: Int64) throws(I2VError) -> Int64 {
    if milliseconds < -1 {
        throw .invalid("milliseconds", "milliseconds is \(milliseconds); only -1 means no end")
    }
    return milliseconds == -1 ? .forever : milliseconds
}

func staticText(_ text: StaticString) -> UnsafePointer<CChar>? {
    UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

/// Hands a value out; false when there is none.
func give<Value>(_ value: Value?, to place: UnsafeMutablePointer<Value>?) -> Bool {
    guard let value else { return false }
    place?.pointee = value
    return true
}

func give(
    _ estimate: Estimate, _ low: UnsafeMutablePointer<Double>?, _ high: UnsafeMutablePointer<Double>?,
    _ basis: UnsafeMutablePointer<i2v_estimate_basis>?
) {
    low?.pointee = estimate.low
    high?.pointee = estimate.high
    basis?.pointee = estimate.basis.rawValue
}

// MARK: Setters

func setText<Value>(
    _ builder: OpaquePointer?, _ field: String, _ pointer: UnsafePointer<CChar>?,
    as type: Builder<Value>.Type,
    allowEmpty: Bool = false, adds: Bool = false, check: (String) throws(I2VError) -> Void = { _ in },
    _ apply: (inout Value, String) -> Void
) -> i2v_status {
    setValue(builder, field, adds: adds, as: type) { (value) throws(I2VError) in
        let text = try text(pointer, field)
        if text.isEmpty && !allowEmpty { throw .invalid(field, "\(field) is empty") }
        try check(text)
        apply(&value, text)
    }
}

/// Refuses what would break out of an HTTP header.
func headerCheck(_ field: String) -> (String) throws(I2VError) -> Void {
    { (text) throws(I2VError) in
        if !Configuration.isHeaderValue(text) { throw .invalid(field, "\(field) has control characters") }
    }
}

func setNumber<Value>(
    _ builder: OpaquePointer?, _ limit: Limit, _ number: Int64, as type: Builder<Value>.Type,
    _ apply: (inout Value, Int64) -> Void
) -> i2v_status {
    setValue(builder, limit.field, as: type) { (value) throws(I2VError) in
        try limit.check(number)
        apply(&value, number)
    }
}

func setValue<Value>(
    _ builder: OpaquePointer?, _ field: String, adds: Bool = false, as type: Builder<Value>.Type,
    _ apply: (inout Value) throws(I2VError) -> Void
) -> i2v_status {
    guard let builder = object(builder, as: type) else { return Status.invalidArgument.rawValue }
    return builder.set(field, adds: adds, apply).rawValue
}

// MARK: Callbacks

func makeHandler(_ function: i2v_event_fn?, _ userData: UnsafeMutableRawPointer?) -> Job.Handler? {
    guard let function else { return nil }
    return { job, event in
        function(OpaquePointer(Unmanaged.passUnretained(job).toOpaque()), event.rawValue, userData)
    }
}

func makeHandler(_ function: i2v_query_fn?, _ userData: UnsafeMutableRawPointer?) -> Query.Handler? {
    guard let function else { return nil }
    return { query in function(OpaquePointer(Unmanaged.passUnretained(query).toOpaque()), userData) }
}

/// Starts a query and hands it out.
func ask(
    _ client: i2v_client?, _ query: UnsafeMutablePointer<i2v_query?>?,
    _ error: UnsafeMutablePointer<i2v_error?>?, _ start: (Client) throws(I2VError) -> Query
) -> i2v_status {
    query?.pointee = nil
    return attempt(error) { () throws(I2VError) in
        let started = try start(ClientTable.shared.find(client))
        query?.pointee = handle(started)
    }
}

func makeExpiryWarning(
    _ span: Int64, _ function: i2v_expiry_fn?, _ userData: UnsafeMutableRawPointer?
) -> ExpiryWarning? {
    guard let function else { return nil }
    return ExpiryWarning(span: span) { id, remaining in id.withCString { function($0, remaining, userData) } }
}

func makeLog(
    _ level: i2v_log_level, _ function: i2v_log_fn?, _ userData: UnsafeMutableRawPointer?
) throws(I2VError) -> Log {
    guard let level = LogLevel(rawValue: level) else {
        throw .invalid("log", "level is not one of the I2V_LOG_ constants")
    }
    guard let function else { return Log(level: .off, receiver: nil) }
    return Log(level: level) { level, line in
        line.singleLine.withCString { function(level.rawValue, $0, userData) }
    }
}
