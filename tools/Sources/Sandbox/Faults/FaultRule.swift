import Foundation
import Hummingbird

/// One misbehaviour on request: when it strikes and what it does.
struct FaultRule: Sendable {
    let scope: Scope
    /// How often it strikes; -1 for ever.
    var times: Int
    /// How many requests it lets pass first.
    var skip: Int
    let probability: Double
    /// When it is over; nil for never.
    let end: ContinuousClock.Instant?
    let fault: Fault

    /// The requests it is for.
    enum Scope: Sendable {
        /// All that stand for the real service, videos included.
        case everything
        /// All but videos and unknown paths.
        case api
        case route(Route)

        func holds(_ route: Route) -> Bool {
            switch self {
            case .everything: true
            case .api: route.isAPI
            case .route(let own): own == route
            }
        }
    }

    /// Counts a request against this rule; true when the rule strikes it.
    mutating func strikes(_ route: Route, _ subject: Subject?, at time: ContinuousClock.Instant) -> Bool {
        guard scope.holds(route), times != 0, end.map({ time < $0 }) ?? true else { return false }
        if let target = fault.target {
            guard let subject, target.concerns(subject) else { return false }
        }
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
        let known = Self.members + Fault.Action.companions.keys + Fault.Action.names
        if let stranger = members.keys.sorted().first(where: { !known.contains($0) }) {
            throw FaultRuleProblem(message: "unknown member \"\(stranger)\"")
        }
        scope = try Self.scope(json["route"])
        end = try json["for_ms"].map { value throws(FaultRuleProblem) in
            .now + .milliseconds(try Self.integer("for_ms", value, atLeast: 0))
        }
        times = try Self.integer("times", json["times"] ?? (end == nil ? 1 : -1), atLeast: -1)
        skip = try Self.integer("skip", json["skip"] ?? 0, atLeast: 0)
        guard let chance = (json["probability"] ?? 1).number, (0...1).contains(chance) else {
            throw FaultRuleProblem(message: "\"probability\" must be a number from 0 to 1")
        }
        probability = chance
        guard let moment = (json["when"] ?? "before").string.flatMap(Fault.Moment.init(rawValue:)) else {
            throw FaultRuleProblem(message: "\"when\" must be \"before\" or \"after\"")
        }
        var fault = Fault(moment: moment, action: try Fault.Action(rule: json))
        fault.target = try Self.target(json, scope)
        fault.index = try json["index"].map { value throws(FaultRuleProblem) in
            try Self.integer("index", value, atLeast: .min)
        }
        try Self.check(fault, scope)
        self.fault = fault
    }

    private static let members = [
        "route", "times", "for_ms", "skip", "probability", "when", "ids", "prompt", "index",
    ]

    private static func check(_ fault: Fault, _ scope: Scope) throws(FaultRuleProblem) {
        switch fault.action {
        case .video(let video):
            guard case .route(.video) = scope else {
                throw FaultRuleProblem(message: "\"\(video.rawValue)\" needs the route \"video\"")
            }
        case .rows: return
        default: break
        }
        guard fault.index == nil else {
            throw FaultRuleProblem(message: "\"index\" goes with a change of rows only")
        }
    }

    static func integer(_ name: String, _ json: JSON?, atLeast least: Int) throws(FaultRuleProblem) -> Int {
        guard let value = json?.int, value >= least else {
            throw FaultRuleProblem(message: "\"\(name)\" must be an integer of \(least) or more")
        }
        return value
    }

    private static func scope(_ json: JSON?) throws(FaultRuleProblem) -> Scope {
        if json == "*" { return .everything }
        if json == "api" { return .api }
        guard let route = json?.string.flatMap(Route.init(rawValue:)), route.isService else {
            let names = Route.allCases.filter(\.isService).map(\.rawValue).joined(separator: ", ")
            throw FaultRuleProblem(message: "\"route\" must be one of \(names), api, *")
        }
        return .route(route)
    }

    private static func target(_ json: JSON, _ scope: Scope) throws(FaultRuleProblem) -> Target? {
        let target: Target
        switch (json["ids"], json["prompt"]) {
        case (nil, nil): return nil
        case (let ids?, nil):
            guard let items = ids.array, !items.isEmpty, items.allSatisfy({ $0.string?.isEmpty == false })
            else {
                throw FaultRuleProblem(message: "\"ids\" must be a list of texts")
            }
            target = .ids(Set(items.compactMap(\.string)))
        case (nil, let prompt?):
            guard let text = prompt.string, !text.isEmpty else {
                throw FaultRuleProblem(message: "\"prompt\" must be a text")
            }
            target = .prompt(text)
        default: throw FaultRuleProblem(message: "a rule has \"ids\" or \"prompt\", not both")
        }
        if case .route(let route) = scope, !target.canConcern(route) {
            throw FaultRuleProblem(message: "nothing at \"\(route.rawValue)\" is known by \(target.name)")
        }
        return target
    }
}
