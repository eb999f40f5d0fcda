/// The list of the account's recent videos: not documented by the service, but reported to work.
enum Listing {
    /// Rows of the list, and how many there were, odd ones included.
    struct Page {
        let videos: [Video]
        let count: Int
    }

    static func call(page: Int, size: Int) -> APICall {
        APICall(endpoint: .list, query: "?page=\(page)&size=\(size)")
    }

    static func page(in answer: JSON) throws(I2VError) -> Page {
        guard let rows = Rows.find(in: answer["data"], markedBy: "_id") else {
            throw Envelope.unreadable(answer, "answer contains no list of videos")
        }
        return Page(videos: rows.compactMap { Video.read($0) }, count: rows.count)
    }
}
