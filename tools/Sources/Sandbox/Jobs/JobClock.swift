/// When a job changes state, as if a model were at work on it.
struct JobClock: Sendable {
    let speed: Double
    /// Replaces the service's usual durations.
    let jobSeconds: Double?

    /// How long a job takes from creation to completion.
    func duration(ofClip seconds: Int) -> Milliseconds {
        // The service takes about 40 s for a 5 s clip and 75 s for a 10 s one.
        let nominal = jobSeconds ?? 5 + 7 * Double(seconds)
        return Int(nominal * 1000 / speed)
    }

    /// How much of that passes before the work begins.
    func queueing(ofClip seconds: Int) -> Milliseconds { duration(ofClip: seconds) / 10 }
}
