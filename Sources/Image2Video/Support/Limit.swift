/// The range a number may be in, with the name of the field it is for. Checked where a number comes in.
public struct Limit: Sendable {
    public let field: String
    let range: ClosedRange<Int64>

    func nearest(_ value: Int64) -> Int64 { min(max(value, range.lowerBound), range.upperBound) }

    public func check(_ value: Int64) throws(I2VError) {
        guard range.contains(value) else {
            throw .invalid(
                field, "\(field) is \(value); it can be from \(range.lowerBound) to \(range.upperBound)")
        }
    }
}
