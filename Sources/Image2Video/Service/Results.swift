/// The results endpoint: many ids out, a row for each on the way in.
enum Results {
    static func call(for ids: [String]) throws(I2VError) -> APICall {
        guard let body = JSON.object() else { throw .outOfMemory }
        body.set("_ids", ids.joined(separator: ","))
        return APICall(endpoint: .results, body: Array(body.text.utf8))
    }

    /// The rows by id. Order and number are not promised, and rows without an id answer nothing that was asked.
    static func videos(in answer: JSON) throws(I2VError) -> [String: Video] {
        guard let rows = Rows.find(in: answer["data"], markedBy: "_id") else {
            throw Envelope.unreadable(answer, "results hold no list")
        }
        var videos: [String: Video] = [:]
        for row in rows {
            if let video = Video.read(row) { add(video, to: &videos) }
        }
        return videos
    }

    /// Keeps one row of each id.
    static func add(_ video: Video, to videos: inout [String: Video]) {
        guard let id = video.id else { return }
        videos[id] = videos[id]?.replaced(by: video) ?? video
    }
}
