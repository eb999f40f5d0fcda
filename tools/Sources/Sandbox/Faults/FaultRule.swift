import Foundation
import Hummingbird

/// One misbehaviour on request: when it strikes and what it does.
struct FaultRule: Sendable {
    /// nil: any route of the service.
    let route: Route?
    /// How often it strikes; -1 for ever.
    var times: Int
    /// How many requests it lets pass first.
    var skip: Int
    let probability: Double
    let fault: Fault

    /// Counts a request against this rule; true when the rule strikes it.
    mutating func strikes(_ route: Route) -> Bool {
        guard self.route == nil || self.route == route, times != 0 else { return false }
        if skip > 0 {
            skip -= 1
            return false
        }
        guard probability >= 1 || Double.random(in: 0..<1) < probability else { return false }
        if times > 0 { times -= 1 }
        return true
    }
}

/// What is wrong with a rule, for the person who wrote it.
struct FaultRuleProblem: Error {
    let message: String
}

extension FaultRule {
    /// Reads a rule and insists on every detail: a misspelt fault that never strikes makes a test pass for
    /// nothing.
    init(_ json: JSON) throws(FaultRuleProblem) {
        guard let members = json.object else { throw FaultRuleProblem(message: "a rule must be an object") }
        let known =
            ["route", "times", "skip", "probability", "when", "msg", "retry_after"] + Fault.Action.names
        if let stranger = members.keys.sorted().first(where: { !known.contains($0) }) {
            throw FaultRuleProblem(message: "unknown member \"\(stranger)\"")
        }
        route = try Self.route(json["route"])
        times = try Self.integer("times", json["times"] ?? 1, atLeast: -1)
        skip = try Self.integer("skip", json["skip"] ?? 0, atLeast: 0)
        guard let chance = (json["probability"] ?? 1).number, (0...1).contains(chance) else {
            throw FaultRuleProblem(message: "\"probability\" must be a number from 0 to 1")
        }
        probability = chance
        guard let moment = (json["when"] ?? "before").string.flatMap(Fault.Moment.init(rawValue:)) else {
            throw FaultRuleProblem(message: "\"when\" must be \"before\" or \"after\"")
        }
        fault = Fault(moment: moment, action: try Fault.Action(rule: json))
        if case .video(let video) = fault.action, route != .video {
            throw FaultRuleProblem(message: "\"\(video.rawValue)\" needs the route \"video\"")
        }
    }

    static func integer(_ name: String, _ json: JSON?, atLeast least: Int) throws(FaultRuleProblem) -> Int {
        guard let value = json?.int, value >= least else {
            throw FaultRuleProblem(message: "\"\(name)\" must be an integer of \(least) or more")
        }
        return value
    }

    private static func route(_ json: JSON?) throws(FaultRuleProblem) -> Route? {
        if json == "*" { return nil }
        guard let route = json?.string.flatMap(Route.init(rawValue:)), route.isService else {
            let names = Route.allCases.filter(\.isService).map(\.rawValue).joined(separator: ", ")
            throw FaultRuleProblem(message: "\"route\" must be one of \(names), *")
        }
        return route
    }
}
