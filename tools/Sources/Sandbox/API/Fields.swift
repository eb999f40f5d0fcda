import Foundation

/// Reads a request body field by field; what is missing or of the wrong type becomes error 1003 naming the
/// field. Fields nobody asks for are ignored, as the service does.
struct Fields {
    private let members: [String: JSON]

    init(_ body: Data) throws {
        guard let members = JSON(parsing: body)?.object else {
            throw ServiceError.parameter("body", "must be a JSON object")
        }
        // To the service, null and absent are the same.
        self.members = members.filter { $0.value != .null }
    }

    /// A text that must be there, and unless `empty` is allowed, say something.
    func text(_ name: String, empty: Bool = false) throws -> String {
        guard let value = try optionalText(name) else {
            throw ServiceError.parameter(name, "is required")
        }
        guard empty || !value.isEmpty else { throw ServiceError.parameter(name, "must not be empty") }
        return value
    }

    func optionalText(_ name: String) throws -> String? {
        guard let value = members[name] else { return nil }
        guard let text = value.string else { throw ServiceError.parameter(name, "must be a string") }
        return text
    }

    /// An address the service could fetch from.
    func url(_ name: String) throws -> String {
        let text = try text(name)
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            scheme == "http" || scheme == "https", parts.host?.isEmpty == false
        else { throw ServiceError.parameter(name, "must be an http or https URL") }
        return text
    }

    /// As `url`; an empty text counts as absent.
    func optionalURL(_ name: String) throws -> String? {
        guard let text = try optionalText(name), !text.isEmpty else { return nil }
        return try url(name)
    }

    func number(_ name: String, oneOf allowed: [Int]) throws -> Int {
        guard let value = members[name] else { throw ServiceError.parameter(name, "is required") }
        guard let number = value.int, allowed.contains(number) else {
            let list = allowed.map(String.init).joined(separator: ", ")
            throw ServiceError.parameter(name, "must be one of \(list)")
        }
        return number
    }

    func number(_ name: String, in range: ClosedRange<Int>, default fallback: Int? = nil) throws -> Int {
        guard let value = members[name] else {
            if let fallback { return fallback }
            throw ServiceError.parameter(name, "is required")
        }
        guard let number = value.int, range.contains(number) else {
            throw ServiceError.parameter(name, "must be \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A list; absent counts as empty.
    func items(_ name: String) throws -> [JSON] {
        guard let value = members[name] else { return [] }
        guard let items = value.array else { throw ServiceError.parameter(name, "must be an array") }
        return items
    }

    func flag(_ name: String) throws -> Bool {
        guard let value = members[name] else { return false }
        guard let flag = value.bool else { throw ServiceError.parameter(name, "must be a boolean") }
        return flag
    }
}
