/// What became of one video that was to be deleted.
public struct Deletion: Sendable {
    public let id: String
    /// nil when it was deleted.
    public let refusal: String?

    static func call(for ids: [String]) throws(I2VError) -> APICall {
        guard let body = JSON.object() else { throw .outOfMemory }
        body.set("_ids", ids.joined(separator: ","))
        return APICall(endpoint: .delete, body: Array(body.text.utf8))
    }

    /// An id that the service names in neither list was not deleted as far as anybody knows.
    static func outcomes(
        of ids: [String], in answers: [JSON], refusals failures: [(id: String, error: I2VError)] = []
    ) -> [Deletion] {
        var deleted: Set<String> = []
        var refusals: [String: String] = [:]
        for (id, error) in failures { refusals[id] = error.message }
        for answer in answers {
            let data = answer["data"]
            if let items = data?["successIds"]?.elements { deleted.formUnion(items.compactMap { $0.id }) }
            guard let items = data?["noPermissionItems"]?.elements else { continue }
            for item in items {
                guard let id = item["_id"]?.id else { continue }
                refusals[id] = FailureReason.find(in: item) ?? "the service refused and does not say why"
            }
        }
        return ids.map { id in
            if deleted.contains(id) { return Deletion(id: id, refusal: nil) }
            return Deletion(id: id, refusal: refusals[id] ?? "the service did not mention the id")
        }
    }
}
