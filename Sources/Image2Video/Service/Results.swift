/// The results endpoint: many ids out, a row for each on the way in.
enum Results {
    static func call(for ids: [String]) throws(I2VError) -> APICall {
        guard let body = JSON.object() else { throw .outOfMemory }
        body.set("_ids", ids.joined(separator: ","))
        return APICall(endpoint: .results, body: Array(body.text.utf8))
    }

    /// The rows by id. Order and number are not promised; a later row of an id replaces an earlier one, and
    /// rows without an id answer nothing that was asked.
    static func videos(in answer: JSON) throws(I2VError) -> [String: Video] {
        guard let rows = answer["data"]?["result"]?.elements else {
            throw Envelope.unreadable(answer, "results hold no list")
        }
        var videos: [String: Video] = [:]
        for row in rows {
            if let video = Video.read(row), let id = video.id { videos[id] = video }
        }
        return videos
    }
}
