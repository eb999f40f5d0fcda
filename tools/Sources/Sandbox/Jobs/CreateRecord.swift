/// A video that was paid for, kept beyond its deletion: what a test counts charges by.
struct CreateRecord: Sendable {
    /// The number of the create; the videos of a batch share it.
    let create: Int
    let route: Route
    let job: Job

    var json: JSON {
        [
            "create": .int(create),
            "id": .string(job.id),
            "route": .string(route.rawValue),
            "price": .int(job.request.price),
            "time": .int(job.created),
            "prompt": .string(job.request.prompt),
            "image_url": .string(job.request.imageURL),
            "webhookurl": .string(job.request.webhookURL),
            "video": .string("/videos/\(job.videoName)"),
        ]
    }
}
