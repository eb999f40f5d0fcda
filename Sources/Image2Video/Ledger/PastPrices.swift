/// Prices of videos, of this and of earlier processes.
extension Ledger {
    /// The newest rows that are gone through, so that the query takes milliseconds on a ledger of any size.
    private static let mostRows: Int64 = 10_000

    /// The last prices of a kind, newest first. For a host's own thread: it waits for a write that is under way.
    func prices(of kind: PriceKind, since: Int64) throws(I2VError) -> [Price] {
        var found: [Price] = []
        try use { (database) throws(I2VError) in
            let values: [Database.Value] = [
                .text(baseURL), .init(kind.endpoint.ledgerName), .text(kind.kind.model),
                .text(kind.kind.resolution), .integer(kind.kind.seconds), .integer(since),
                .integer(Int64(Status.jobFailed.rawValue)), .integer(Self.mostRows),
            ]
            try database.run(Self.lastPrices, values) { row in
                guard let id = row.text(0), let time = row.integer(1), let credits = row.real(2),
                    let request = row.text(3), let price = Price(id: id, time: time, credits: credits)
                else { return }
                let call = APICall(endpoint: kind.endpoint, body: Array(request.utf8))
                if PriceKind(call, kind.kind) == kind { found.append(price) }
            }
        }
        return found
    }

    /// Without failed videos, whose credits may have been given back. Only the request of a row tells whether its
    /// video has sound.
    private static let lastPrices: StaticString = """
        SELECT id, submitted, deduction, request FROM job
        WHERE number > (SELECT max(number) FROM job) - ?8 AND submitted >= ?6 AND deduction > 0
            AND base_url = ?1 AND endpoint = ?2 AND model = ?3 AND resolution = ?4 AND seconds = ?5
            AND status <> ?7 AND id IS NOT NULL
        ORDER BY number DESC LIMIT 200
        """
}
