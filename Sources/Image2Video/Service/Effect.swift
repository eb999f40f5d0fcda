/// An effect the service offers: a row of its list.
public final class Effect: @unchecked Sendable {
    public let json: JSON

    init(_ row: JSON) {
        json = row
    }

    public var code: String? { json["effect_code"]?.string }
    public var name: String? { json["name"]?.string }

    static func list(in answer: JSON) throws(I2VError) -> [Effect] {
        guard let rows = Rows.find(in: answer["data"], markedBy: "effect_code") else {
            throw Envelope.unreadable(answer, "effects hold no list")
        }
        return rows.filter { $0.isObject }.map { Effect($0) }
    }
}
