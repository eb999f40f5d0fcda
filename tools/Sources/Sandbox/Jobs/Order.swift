/// A create as the book is asked to carry it out: what to make, how many of it, and where it came from.
struct Order: Sendable {
    let request: VideoRequest
    let count: Int
    let route: Route
    /// This server as the caller reached it, for addresses that are sent long after the call.
    let origin: String
    /// The request as it came.
    let body: String
    /// The number of its arrival.
    let arrival: Int?
    /// The form of the ids of its videos.
    let idForm: IDForm
    /// The finished video that gets new sound; nil when a new one is made.
    let original: Job?

    init(
        _ request: VideoRequest, _ call: Call, _ oddities: Oddities, count: Int = 1, dubs original: Job? = nil
    ) {
        self.request = request
        self.count = count + (count > 0 ? oddities.surplus : 0)
        idForm = oddities.idForm
        self.original = original
        route = call.route
        arrival = call.arrival
        origin = call.origin
        body = String(decoding: call.body, as: UTF8.self)
    }
}
