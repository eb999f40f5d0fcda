/// What the command line decides, handed to every part that needs some of it.
struct Settings: Sendable {
    let apiKey: String
    let bearerToken: String
    let credits: Int
    let clock: JobClock
    /// A path under which the API is mounted a second time, as gateways do.
    let prefix: String?
}
