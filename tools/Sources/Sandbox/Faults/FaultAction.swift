import Foundation
import HTTPTypes
import Hummingbird

/// Reading an action from a rule. A new action needs its name here, a case in `Fault.Action`, and its deed in
/// `Fault`.
extension Fault.Action {
    static let names =
        [
            "code", "reply", "rate_limit", "redirect", "html", "json", "break_header", "endless", "hang",
            "close",
            "reset", "latency_ms", "row", "omit", "break_after", "stall_after", "drip_ms", "length_off",
        ] + VideoFault.allCases.map(\.rawValue)

    private static let flags: [String: Self] = [
        "hang": .hang, "close": .close, "reset": .reset, "omit": .omit, "html": .html, "endless": .endless,
        "change_entity": .video(.changeEntity), "expire": .video(.expire), "gone": .video(.gone),
    ]

    /// Members that go with one action only.
    private static let companions = ["msg": "code", "retry_after": "rate_limit"]

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
        case "drip_ms":
            return .drip(.milliseconds(try FaultRule.integer(name, rule[name], atLeast: 0)))
        case "rate_limit":
            guard rule[name] == true else { throw FaultRuleProblem(message: "\"\(name)\" must be true") }
            return .rateLimit(try rule["retry_after"].map(RetryAfter.init(rule:)))
        case "redirect":
            guard let target = rule[name]?.string, !target.isEmpty else {
                throw FaultRuleProblem(message: "\"redirect\" must be an address")
            }
            return .redirect(target)
        case "json":
            guard let form = rule[name]?.string.flatMap(HostileJSON.init(rawValue:)) else {
                let forms = HostileJSON.allCases.map(\.rawValue).joined(separator: ", ")
                throw FaultRuleProblem(message: "\"json\" must be one of \(forms)")
            }
            return .json(form)
        case "row":
            guard let changes = rule["row"]?.object else {
                throw FaultRuleProblem(message: "\"row\" must be an object")
            }
            return .row(changes)
        case "break_after":
            return .breakAfter(try FaultRule.integer(name, rule[name], atLeast: 0))
        case "stall_after":
            return .stallAfter(try FaultRule.integer(name, rule[name], atLeast: 0))
        case "break_header":
            return .breakHeader(try FaultRule.integer(name, rule[name], atLeast: 0))
        case "length_off":
            let surplus = try FaultRule.integer(name, rule[name], atLeast: .min)
            guard surplus != 0 else { throw FaultRuleProblem(message: "\"length_off\" must not be 0") }
            return .lengthOff(surplus)
        case let flag:
            guard rule[flag] == true, let action = Self.flags[flag] else {
                throw FaultRuleProblem(message: "\"\(flag)\" must be true")
            }
            return action
        }
    }

    private static func reply(_ json: JSON?) throws(FaultRuleProblem) -> Self {
        guard let json, let members = json.object else {
            throw FaultRuleProblem(message: "\"reply\" must be an object")
        }
        if let stranger = members.keys.sorted().first(where: { !replyMembers.contains($0) }) {
            throw FaultRuleProblem(message: "unknown member \"\(stranger)\" in \"reply\"")
        }
        guard let status = (json["status"] ?? 200).int, (200...599).contains(status) else {
            throw FaultRuleProblem(message: "\"status\" must be an integer from 200 to 599")
        }
        guard let given = (json["headers"] ?? [:]).object else {
            throw FaultRuleProblem(message: "\"headers\" must be an object")
        }
        var headers = HTTPFields()
        for (name, value) in given {
            guard let name = HTTPField.Name(name), let value = value.string else {
                throw FaultRuleProblem(
                    message: "header \"\(name)\" must be a header name with a string value")
            }
            headers[name] = value
        }
        return .reply(status: .init(code: status), headers: headers, body: try body(json))
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
