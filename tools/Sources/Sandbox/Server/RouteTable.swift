/// Every path the sandbox answers, in one place.
struct RouteTable {
    let api: ImageToVideoAPI
    let catalogue: CatalogueAPI
    let account: AccountAPI
    let listing: ListingAPI
    let files: FileEndpoints
    let control: ControlEndpoints

    var endpoints: [Endpoint] {
        let service = "/api/open/v4/image2Video"
        return [
            Endpoint(.create, .post, "\(service)/createBySourcePrompt", api.create),
            Endpoint(.batch, .post, "\(service)/createBySourcePrompt/batch", api.createBatch),
            Endpoint(.results, .post, "\(service)/resultsByIds", api.results),
            Endpoint(.audio, .post, "\(service)/updateVideoAudio", api.updateAudio),
            Endpoint(.delete, .post, "\(service)/delbyids", api.delete),
            Endpoint(.effects, .get, "\(service)/effects", catalogue.effects),
            Endpoint(.models, .get, "/api/open/v4/aigModel/list", catalogue.models),
            Endpoint(.token, .post, "/api/open/v3/getToken", account.token),
            Endpoint(.credits, .get, "/api/open/v3/faceswap/quota/info", account.credits),
            Endpoint(.list, .get, "/api/open/v3/content/video/list", listing.list),
            Endpoint(.info, .get, "/api/open/v3/content/video/infobymodelid", listing.info),

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
            Endpoint(.control, .get, "/_sandbox/creates", control.creates),
            Endpoint(.control, .get, "/_sandbox/arrivals", control.arrivals),
            Endpoint(.control, .get, "/_sandbox/webhooks", control.webhooks),
            Endpoint(.control, .get, "/_sandbox/oddities", control.oddities),
            Endpoint(.control, .post, "/_sandbox/oddities", control.setOddities),
            Endpoint(.control, .post, "/_sandbox/keys", control.setKeys),
            Endpoint(.control, .post, "/_sandbox/expire-tokens", control.expireTokens),
            Endpoint(.control, .post, "/_sandbox/faults", control.setFaults),
            Endpoint(.control, .post, "/_sandbox/reset", control.reset),
        ]
    }
}
