/// Replaces a create's answer, or part of it, by that of an earlier create, as a proxy or a connection does that
/// confuses two requests. The creates themselves are carried out correctly.
enum MixedUp: String, Sendable, CaseIterable {
    /// The whole answer.
    case answer
    /// The id only.
    case id
    /// Everything but the id.
    case echo

    /// Without an earlier create, the answer stays as it is.
    func applied(to reply: Reply, on route: Route, _ book: JobBook) async -> Reply {
        guard route.isCreate else { return reply }
        let own = Set(RowEdit.list(in: reply).flatMap(\.identities))
        let others = await book.newest(own.count + 1).filter { !own.contains($0.id) }
        guard let other = others.first else { return reply }
        let stranger =
            route == .batch
            ? Rows.batched(other, in: Batch(id: "\(other.created)_\(Account.uid)", count: 1))
            : Rows.created(other)
        return RowEdit.rows(of: reply) { rows in rows.map { mixed($0, with: stranger) } }
    }

    private func mixed(_ row: JSON, with stranger: JSON) -> JSON {
        guard var members = row.object, var others = stranger.object else { return row }
        switch self {
        case .answer: return stranger
        case .id:
            members["_id"] = others["_id"]
            return .object(members)
        case .echo:
            others["_id"] = members["_id"]
            return .object(others)
        }
    }
}
