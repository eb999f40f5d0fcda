/// What the command line decides, handed to every part that needs some of it.
struct Settings: Sendable {
    let apiKey: String
    let bearerToken: String
    let client: ClientIdentity
    /// How long an issued token holds.
    let tokenSeconds: Double
    let credits: Int
    let plan: Plan
    let clock: JobClock
    /// A path under which the API is mounted a second time, as gateways do.
    let prefix: String?
    let mode: RenderMode
    /// How many of the latest requests are kept; nil for all.
    let keptRequests: Int?
}

/// The pair that gets a token and that webhooks are sealed with.
struct ClientIdentity: Sendable {
    let id: String
    let secret: String
}
