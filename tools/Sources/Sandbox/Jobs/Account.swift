/// The one customer of this service and the credits left to them.
struct Account: Sendable {
    static let uid = 100_001
    static let teamID = "5a0db0c5a0db0c5a0db0c5a0"

    private(set) var left: Int
    private(set) var charged = 0

    init(credits: Int) { left = credits }

    mutating func charge(_ price: Int) throws {
        guard price <= left else { throw ServiceError.noCredits }
        left -= price
        charged += price
    }
}
