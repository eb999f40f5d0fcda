import Foundation
import HTTPTypes
import Hummingbird

/// Reading an action from a rule. A new action needs its name here, a case in `Fault.Action`, and its deed in
/// `Fault`.
extension Fault.Action {
    static let names = [
        "code", "reply", "latency_ms", "hang", "close", "row", "omit", "break_after", "stall_after",
    ]

    private static let flags: [String: Self] = ["hang": .hang, "close": .close, "omit": .omit]

    init(rule: JSON) throws(FaultRuleProblem) {
        let given = Self.names.filter { rule[$0] != nil }
        guard given.count == 1 else {
            let list = Self.names.joined(separator: ", ")
            throw FaultRuleProblem(
                message: "a rule needs exactly one of \(list); this one has \(given.count)")
        }
        guard rule["msg"] == nil || given[0] == "code" else {
            throw FaultRuleProblem(message: "\"msg\" goes with \"code\" only")
        }
        switch given[0] {
        case "code":
            guard let message = (rule["msg"] ?? "sandbox fault").string else {
                throw FaultRuleProblem(message: "\"msg\" must be a string")
            }
            self = .code(try FaultRule.integer("code", rule["code"], atLeast: 0), message: message)
        case "reply":
            self = try Self.reply(rule["reply"])
        case "latency_ms":
            let wait = try FaultRule.integer("latency_ms", rule["latency_ms"], atLeast: 0)
            self = .latency(.milliseconds(wait))
        case "row":
            guard let changes = rule["row"]?.object else {
                throw FaultRuleProblem(message: "\"row\" must be an object")
            }
            self = .row(changes)
        case "break_after":
            self = .breakAfter(try FaultRule.integer("break_after", rule["break_after"], atLeast: 0))
        case "stall_after":
            self = .stallAfter(try FaultRule.integer("stall_after", rule["stall_after"], atLeast: 0))
        case let flag:
            guard rule[flag] == true, let action = Self.flags[flag] else {
                throw FaultRuleProblem(message: "\"\(flag)\" must be true")
            }
            self = action
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
