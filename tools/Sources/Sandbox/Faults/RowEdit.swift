/// Changes inside an otherwise correct answer: rows edited, missing, moved. Rows are the items of `data.result`
/// or `data.successList` or of `data` itself, or `data` is the row.
enum RowEdit {
    /// Sets members of every row; null removes one.
    static func merge(_ changes: [String: JSON], into reply: Reply) -> Reply {
        rows(of: reply) { rows in
            rows.map { row in
                guard var members = row.object else { return row }
                for (name, value) in changes { members[name] = value == .null ? nil : value }
                return .object(members)
            }
        }
    }

    /// Empties the list of rows; a reply whose `data` is the row loses its `data`.
    static func removeRows(from reply: Reply) -> Reply { rows(of: reply) { _ in [] } }

    static func rows(of reply: Reply, _ change: ([JSON]) -> [JSON]) -> Reply {
        guard case .json(let envelope, let status) = reply, var outer = envelope.object,
            let data = outer["data"]
        else { return reply }
        if var members = data.object,
            let list = ["result", "successList"].first(where: { members[$0]?.array != nil }),
            let rows = members[list]?.array
        {
            members[list] = .array(change(rows))
            outer["data"] = .object(members)
        } else if let rows = data.array {
            outer["data"] = .array(change(rows))
        } else {
            outer["data"] = change([data]).first
        }
        return .json(.object(outer), status)
    }
}
