import Foundation
import HTTPTypes
import Hummingbird

/// Reading an action from a rule. A new action needs its name here, a case in `Fault.Action`, and its deed in
/// `Fault`.
extension Fault.Action {
    static let names =
        [
            "code", "reply", "rate_limit", "redirect", "html", "json", "break_header", "endless", "hang",
            "close", "reset", "latency_ms", "row", "raw", "odd", "twin", "omit", "mixed_up", "envelope",
            "break_after",
            "stall_after", "drip_ms", "length_off", "ending", "headers", "status", "interim", "afterwards",
        ] + VideoFault.allCases.map(\.rawValue)

    private static let flags: [String: Self] = [
        "hang": .hang, "close": .close, "reset": .reset, "omit": .rows(.omit), "endless": .endless,
        "change_entity": .video(.changeEntity), "expire": .video(.expire), "gone": .video(.gone),
    ]

    /// Members that go with one action only.
    static let companions = [
        "msg": "code", "retry_after": "rate_limit", "field": "odd", "twin_first": "twin", "framing": "ending",
        "gzip": "headers", "after_ms": "afterwards",
    ]

    init(rule: JSON) throws(FaultRuleProblem) {
        let given = Self.names.filter { rule[$0] != nil }
        guard given.count == 1 else {
            let list = Self.names.joined(separator: ", ")
            throw FaultRuleProblem(
                message: "a rule needs exactly one of \(list); this one has \(given.count)")
        }
        for (companion, action) in Self.companions where rule[companion] != nil && action != given[0] {
            throw FaultRuleProblem(message: "\"\(companion)\" goes with \"\(action)\" only")
        }
        self = try Self.action(given[0], of: rule)
    }

    private static func action(_ name: String, of rule: JSON) throws(FaultRuleProblem) -> Self {
        switch name {
        case "code":
            guard let message = (rule["msg"] ?? "sandbox fault").string else {
                throw FaultRuleProblem(message: "\"msg\" must be a string")
            }
            return .code(try FaultRule.integer("code", rule["code"], atLeast: 0), message: message)
        case "reply":
            return try reply(rule["reply"])
        case "latency_ms":
            return .latency(.milliseconds(try FaultRule.integer(name, rule[name], atLeast: 0)))
        case "rate_limit":
            guard rule[name] == true else { throw FaultRuleProblem(message: "\"\(name)\" must be true") }
            return .rateLimit(try rule["retry_after"].map(RetryAfter.init(rule:)))
        case "redirect":
            guard let target = rule[name]?.string, !target.isEmpty else {
                throw FaultRuleProblem(message: "\"redirect\" must be an address")
            }
            return .redirect(target)
        case "html":
            if rule[name] == true { return .html(.badGateway) }
            return .html(try status(rule[name], named: name))
        case "json":
            return .json(try choice(name, of: rule))
        case "break_header":
            return .breakHeader(try FaultRule.integer(name, rule[name], atLeast: 0))
        case "mixed_up":
            return .mixedUp(try choice(name, of: rule))
        case "envelope":
            return .envelope(try raw(name, of: rule))
        case "row", "raw", "odd", "twin":
            return .rows(try RowChange(name, of: rule))
        case "break_after", "stall_after", "drip_ms", "length_off", "ending", "headers", "status", "interim",
            "afterwards":
            return .delivery(try Delivery(name, of: rule))
        case let flag:
            guard rule[flag] == true, let action = Self.flags[flag] else {
                throw FaultRuleProblem(message: "\"\(flag)\" must be true")
            }
            return action
        }
    }

    /// One of the names that a type has for its cases.
    fileprivate static func choice<Choice: CaseIterable & RawRepresentable<String>>(
        _ name: String, of rule: JSON, default fallback: Choice? = nil
    ) throws(FaultRuleProblem) -> Choice {
        if rule[name] == nil, let fallback { return fallback }
        guard let choice = rule[name]?.string.flatMap(Choice.init(rawValue:)) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw FaultRuleProblem(message: "\"\(name)\" must be one of \(names)")
        }
        return choice
    }

    fileprivate static func flag(_ name: String, of rule: JSON) throws(FaultRuleProblem) -> Bool {
        guard let flag = (rule[name] ?? false).bool else {
            throw FaultRuleProblem(message: "\"\(name)\" must be true or false")
        }
        return flag
    }

    fileprivate static func members(_ name: String, of rule: JSON) throws(FaultRuleProblem) -> [String: JSON]
    {
        guard let members = rule[name]?.object else {
            throw FaultRuleProblem(message: "\"\(name)\" must be an object")
        }
        return members
    }

    /// Members whose values are JSON text, which need not be proper; null stays.
    fileprivate static func raw(_ name: String, of rule: JSON) throws(FaultRuleProblem) -> [String: JSON] {
        var changes: [String: JSON] = [:]
        for (member, value) in try members(name, of: rule) {
            guard value == .null || value.string != nil else {
                throw FaultRuleProblem(message: "\"\(name)\" must have texts only, or null")
            }
            changes[member] = value.string.map(JSON.raw) ?? .null
        }
        return changes
    }

    /// Also such as no registry lists; those below 200 are no answers.
    fileprivate static func status(
        _ json: JSON?, named name: String
    ) throws(FaultRuleProblem) -> HTTPResponse.Status {
        guard let code = json?.int, (200...999).contains(code) else {
            throw FaultRuleProblem(message: "\"\(name)\" must be an integer from 200 to 999")
        }
        return .init(code: code)
    }

    /// By name; several values are several headers, and null is none.
    fileprivate static func headers(
        _ members: [String: JSON]
    ) throws(FaultRuleProblem) -> [HTTPField.Name: [String]] {
        var headers: [HTTPField.Name: [String]] = [:]
        for (name, value) in members {
            let values = value == .null ? [] : value.array ?? [value]
            guard let name = HTTPField.Name(name), values.allSatisfy({ $0.string != nil }) else {
                throw FaultRuleProblem(
                    message: "header \"\(name)\" must be a header name with a text, or a list of some")
            }
            headers[name] = values.compactMap(\.string)
        }
        return headers
    }

    private static func reply(_ json: JSON?) throws(FaultRuleProblem) -> Self {
        guard let json, let members = json.object else {
            throw FaultRuleProblem(message: "\"reply\" must be an object")
        }
        if let stranger = members.keys.sorted().first(where: { !replyMembers.contains($0) }) {
            throw FaultRuleProblem(message: "unknown member \"\(stranger)\" in \"reply\"")
        }
        let status = try status(json["status"] ?? 200, named: "status")
        guard let given = (json["headers"] ?? [:]).object else {
            throw FaultRuleProblem(message: "\"headers\" must be an object")
        }
        var headers = HTTPFields()
        for (name, values) in try Self.headers(given) { headers[values: name] = values }
        return .reply(status: status, headers: headers, body: try body(json))
    }

    private static let replyMembers = ["status", "headers", "body", "body_base64"]

    /// Text, or any bytes at all.
    private static func body(_ json: JSON) throws(FaultRuleProblem) -> ByteBuffer {
        guard let encoded = json["body_base64"] else {
            guard let text = (json["body"] ?? "").string else {
                throw FaultRuleProblem(message: "\"body\" must be a string")
            }
            return ByteBuffer(string: text)
        }
        guard let bytes = encoded.string.flatMap({ Data(base64Encoded: $0) }), json["body"] == nil else {
            throw FaultRuleProblem(message: "\"body_base64\" must be base64, and stand without \"body\"")
        }
        return ByteBuffer(bytes: bytes)
    }
}

extension RowChange {
    fileprivate init(_ name: String, of rule: JSON) throws(FaultRuleProblem) {
        switch name {
        case "raw": self = .merge(try Fault.Action.raw(name, of: rule))
        case "odd":
            let field = rule["field"]
            guard field == nil || field?.string != nil else {
                throw FaultRuleProblem(message: "\"field\" must be a text")
            }
            guard let value = rule[name]?.string.flatMap({ OddValue(named: $0, field: field?.string) }) else {
                let names = OddValue.names.joined(separator: ", ")
                throw FaultRuleProblem(message: "\"odd\" must be one of \(names)")
            }
            self = .odd(value)
        case "twin":
            self = .twin(
                try Fault.Action.members(name, of: rule),
                isFirst: try Fault.Action.flag("twin_first", of: rule))
        default: self = .merge(try Fault.Action.members(name, of: rule))
        }
    }
}

extension Delivery {
    fileprivate init(_ name: String, of rule: JSON) throws(FaultRuleProblem) {
        switch name {
        case "break_after": self = .breakAfter(try FaultRule.integer(name, rule[name], atLeast: 0))
        case "stall_after": self = .stallAfter(try FaultRule.integer(name, rule[name], atLeast: 0))
        case "drip_ms":
            self = .drip(.milliseconds(try FaultRule.integer(name, rule[name], atLeast: 0)))
        case "ending":
            self = .ending(
                try Fault.Action.choice(name, of: rule),
                try Fault.Action.choice("framing", of: rule, default: .length))
        case "headers":
            self = .headers(
                try Fault.Action.headers(try Fault.Action.members(name, of: rule)),
                isZipped: try Fault.Action.flag("gzip", of: rule))
        case "status": self = .status(try Fault.Action.status(rule[name], named: name))
        case "interim":
            guard let status = rule[name]?.int, (100...199).contains(status) else {
                throw FaultRuleProblem(message: "\"interim\" must be an integer from 100 to 199")
            }
            self = .interim(status)
        case "afterwards":
            let pause = try FaultRule.integer("after_ms", rule["after_ms"] ?? 0, atLeast: 0)
            self = .afterwards(try Fault.Action.choice(name, of: rule), .milliseconds(pause))
        default:
            let surplus = try FaultRule.integer(name, rule[name], atLeast: .min)
            guard surplus != 0 else { throw FaultRuleProblem(message: "\"length_off\" must not be 0") }
            self = .lengthOff(surplus)
        }
    }
}

extension RetryAfter {
    /// A number of seconds, any text as it is, or "date:+60".
    fileprivate init(rule json: JSON) throws(FaultRuleProblem) {
        if let seconds = json.int {
            self = .text(String(seconds))
        } else if let text = json.string, !text.hasPrefix("date:") {
            self = .text(text)
        } else if let seconds = json.string.flatMap({ Int($0.dropFirst("date:".count)) }) {
            self = .date(seconds: seconds)
        } else {
            throw FaultRuleProblem(
                message: "\"retry_after\" must be whole seconds, a text, or \"date:+SECONDS\"")
        }
    }
}
