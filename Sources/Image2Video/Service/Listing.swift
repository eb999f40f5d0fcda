/// The list of the account's recent videos: not documented by the service, but reported to work.
enum Listing {
    static let pageSize = 50

    static func call(page: Int) -> APICall {
        APICall(endpoint: .list, query: "?page=\(page)&size=\(pageSize)")
    }

    static func videos(in answer: JSON) throws(I2VError) -> [Video] {
        let data = answer["data"]
        guard let rows = data?["result"]?.elements ?? data?["list"]?.elements ?? data?.elements else {
            throw Envelope.unreadable(answer, "list of videos is none")
        }
        return rows.compactMap { Video.read($0) }
    }
}
