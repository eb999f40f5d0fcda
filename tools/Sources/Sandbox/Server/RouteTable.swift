/// Every path the sandbox answers, in one place.
struct RouteTable {
    let api: ImageToVideoAPI
    let files: FileEndpoints
    let control: ControlEndpoints

    var endpoints: [Endpoint] {
        let service = "/api/open/v4/image2Video"
        return [
            Endpoint(.create, .post, "\(service)/createBySourcePrompt", api.create),
            Endpoint(.batch, .post, "\(service)/createBySourcePrompt/batch", api.createBatch),
            Endpoint(.results, .post, "\(service)/resultsByIds", api.results),

            Endpoint(.video, .get, "/videos/{name}", files.video),
            Endpoint(.video, .head, "/videos/{name}", files.video),
            Endpoint(.upload, .post, "/_sandbox/upload", files.upload),
            Endpoint(.control, .get, "/uploads/{name}", files.uploaded),
            Endpoint(.control, .head, "/uploads/{name}", files.uploaded),

            Endpoint(.control, .get, "/", control.page),
            Endpoint(.control, .get, "/_sandbox/jobs", control.jobs),
            Endpoint(.control, .get, "/_sandbox/picture/{id}", files.picture),
            Endpoint(.control, .get, "/_sandbox/stats", control.stats),
            Endpoint(.control, .get, "/_sandbox/requests", control.requests),
            Endpoint(.control, .post, "/_sandbox/faults", control.setFaults),
            Endpoint(.control, .post, "/_sandbox/reset", control.reset),
        ]
    }
}
