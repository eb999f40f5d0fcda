/// The rules in force. The first rule that strikes a request takes it, and later rules neither see nor count
/// it: a list of one-time rules is a script, one step a request.
actor FaultBook {
    private var rules: [FaultRule] = []

    func replace(with rules: [FaultRule]) { self.rules = rules }

    func strike(_ route: Route) -> Fault? {
        for index in rules.indices where rules[index].strikes(route) { return rules[index].fault }
        return nil
    }
}
