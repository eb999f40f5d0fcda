/// A create's answer that is, in whole or in part, another create's: as of a proxy or a connection that has
/// mixed them up. The creates themselves are as they should be.
enum MixedUp: String, Sendable, CaseIterable {
    /// All of it.
    case answer
    /// Its id, under the echo of this request.
    case id
    /// Its echo, under the right id.
    case echo

    /// With nothing made before, the answer stays as it is.
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
