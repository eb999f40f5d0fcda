/// A video that was paid for, kept beyond its deletion: what a test counts charges by.
struct CreateRecord: Sendable {
    /// The number of the create; the videos of a batch share it.
    let create: Int
    let route: Route
    /// The number of the request in the book of arrivals.
    let arrival: Int?
    /// When the service acted on it.
    let acted: Moment
    /// The request as it came.
    let body: String
    /// How many creates came with that body and were acted on.
    var sameBody = 0
    var job: Job

    func json(sha256: String?, earlier: [String]) -> JSON {
        [
            "create": .int(create),
            "id": .string(job.id),
            "route": .string(route.rawValue),
            "arrival": arrival.map(JSON.int) ?? .null,
            "acted": acted.wallJSON,
            "acted_monotonic": acted.monotonicJSON,
            "price": .int(job.request.price),
            "time": .int(job.created),
            "prompt": .string(job.request.prompt),
            "image_url": .string(job.request.imageURL),
            "webhookurl": .string(job.request.webhookURL),
            "video": .string("/videos/\(job.videoName)"),
            "body": .string(body),
            "same_body": .int(sameBody),
            "sha256": sha256.map(JSON.string) ?? .null,
            "earlier_sha256": .array(earlier.map(JSON.string)),
        ]
    }
}
