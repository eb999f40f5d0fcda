/// One webhook on its way, as the sandbox reports it.
struct WebhookDelivery: Sendable {
    let id: String
    let url: String
    let status: JobStatus
    /// What is inside, before it was sealed.
    let content: JSON
    var state: State
    var attempts = 0
    /// The HTTP status of the last answer, or why there was none.
    var lastAnswer = JSON.null

    enum State: String, Sendable {
        case waiting
        case delivered
        /// No attempt was answered with 200.
        case givenUp = "given up"
        /// The address is not on this machine.
        case notCalled = "not called"
    }

    var json: JSON {
        [
            "id": .string(id),
            "url": .string(url),
            "status": .int(status.rawValue),
            "state": .string(state.rawValue),
            "attempts": .int(attempts),
            "last_answer": lastAnswer,
            "content": content,
        ]
    }
}
