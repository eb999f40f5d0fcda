/// Changes inside an otherwise correct answer. Rows are the items of `data.result` or `data.successList` or of
/// `data` itself, or `data` or `data.result` is the row.
enum RowEdit {
    static func list(in reply: Reply) -> [JSON] {
        var found: [JSON] = []
        _ = rows(of: reply) { rows in
            found = rows
            return rows
        }
        return found
    }

    static func rows(of reply: Reply, _ change: ([JSON]) -> [JSON]) -> Reply {
        guard case .json(let envelope, let status) = reply, var outer = envelope.object,
            let data = outer["data"]
        else { return reply }
        if var members = data.object,
            let place = ["result", "successList"].first(where: { members[$0]?.hasRows == true }),
            let rows = members[place]
        {
            members[place] = changed(rows, change)
            outer["data"] = .object(members)
        } else {
            outer["data"] = changed(data, change)
        }
        return .json(.object(outer), status)
    }

    /// Sets members beside `data`; null removes one.
    static func envelope(of reply: Reply, _ changes: [String: JSON]) -> Reply {
        guard case .json(let envelope, let status) = reply else { return reply }
        return .json(envelope.merging(changes), status)
    }

    /// A list of rows, or one row by itself, which may become several or none.
    private static func changed(_ value: JSON, _ change: ([JSON]) -> [JSON]) -> JSON? {
        if let rows = value.array { return .array(change(rows)) }
        let rows = change([value])
        return rows.count > 1 ? .array(rows) : rows.first
    }
}

/// A deviation of single rows.
enum RowChange: Sendable {
    /// Sets members; null removes one.
    case merge([String: JSON])
    case odd(OddValue)
    case omit
    /// A second row of the same video, with other members.
    case twin([String: JSON], isFirst: Bool)

    /// The rows that replace a row.
    func rows(for row: JSON) -> [JSON] {
        switch self {
        case .merge(let changes): [row.merging(changes)]
        case .odd(let value): [value.applied(to: row)]
        case .omit: []
        case .twin(let changes, let isFirst):
            isFirst ? [row.merging(changes), row] : [row, row.merging(changes)]
        }
    }
}

extension JSON {
    fileprivate var hasRows: Bool { array != nil || object != nil }

    fileprivate func merging(_ changes: [String: JSON]) -> JSON {
        guard var members = object else { return self }
        for (name, value) in changes { members[name] = value == .null ? nil : value }
        return .object(members)
    }
}
