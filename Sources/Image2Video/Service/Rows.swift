/// Finds the rows of an answer. The page puts them into `data.result`; lists without a wrapping, single rows in place
/// of a list and lists by other names have been seen as well, and a row that was paid for is taken from all of them.
enum Rows {
    private static let maxDepth = 4
    private static var wrappers: [StaticString] { ["data", "result", "list"] }

    /// The rows; nil where nothing looks like some. `mark` is a member that every row has, and what is around rows
    /// has not.
    static func find(in value: JSON?, markedBy mark: StaticString, depth: Int = 0) -> JSON.Elements? {
        guard let value, depth < maxDepth else { return nil }
        if let list = value.elements { return list }
        for name in wrappers {
            if let list = value[name]?.elements { return list }
        }
        if let its = value[mark], !its.isNull { return value.alone }
        for name in wrappers {
            if let rows = find(in: value[name], markedBy: mark, depth: depth + 1) { return rows }
        }
        return nil
    }

    /// The object that has one of the members, at any level of an answer.
    static func holder(of members: [StaticString], in value: JSON?, depth: Int = 0) -> JSON? {
        guard let value, depth < maxDepth else { return nil }
        if members.contains(where: { value[$0]?.isNull == false }) { return value }
        for name in wrappers {
            let inner = value[name]
            if let found = holder(of: members, in: inner?[0] ?? inner, depth: depth + 1) { return found }
        }
        return nil
    }
}
