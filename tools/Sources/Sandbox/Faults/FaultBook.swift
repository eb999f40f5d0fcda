/// The rules in force. The first rule that strikes a request takes it, and later rules neither see nor count
/// it: a list of one-time rules is a script, one step a request.
actor FaultBook {
    private var rules: [FaultRule] = []

    func replace(with rules: [FaultRule]) { self.rules = rules }

    /// Some rule has to know what a request is about, which takes time to find out.
    var hasTargets: Bool { rules.contains { $0.fault.target != nil } }

    func strike(_ route: Route, _ subject: Subject?) -> Fault? {
        let time = ContinuousClock.now
        for index in rules.indices where rules[index].strikes(route, subject, at: time) {
            return rules[index].fault
        }
        return nil
    }
}
