/// Tells a job's webhook how the job is doing: once when the work begins, once when it has ended.
struct Herald: Sendable {
    let book: JobBook
    let postman: Postman
    let oddities: OddityBook

    /// Call when a job is opened; waits for the clock and returns when the beginning has been told.
    func tellBeginning(of job: Job) async {
        guard !job.request.webhookURL.isEmpty else { return }
        let start = job.created + book.clock.queueing(ofClip: job.request.seconds)
        guard let job = await Self.state(of: job, at: start, in: book), job.failure == nil else { return }
        await tell(job, .processing)
    }

    /// Call when a job's outcome is known.
    func tellEnd(of job: Job) async {
        guard !job.request.webhookURL.isEmpty, let known = await book.jobs([job.id]).first else { return }
        let seconds = job.request.seconds
        let work =
            known.failure == nil ? book.clock.duration(ofClip: seconds) : book.clock.queueing(ofClip: seconds)
        guard let job = await Self.state(of: job, at: job.created + work, in: book) else { return }
        await tell(job, job.failure == nil ? .completed : .failed)
    }

    /// The job as it is at a time to come; nil when it is gone by then.
    private static func state(of job: Job, at time: Milliseconds, in book: JobBook) async -> Job? {
        try? await Task.sleep(for: .milliseconds(max(0, time - now())))
        return await book.jobs([job.id]).first
    }

    private func tell(_ job: Job, _ status: JobStatus) async {
        let odd = await oddities.current
        var content: [String: JSON] = [
            "_id": odd.idForm == .hex ? .string(job.id) : JSON.string(job.id).asNumber,
            "status": .int(status.rawValue), "type": "image2video",
        ]
        if status == .completed {
            content["url"] = .string("\(job.origin)/videos/\(job.videoName)")
            content["deduction_credit"] = .int(job.request.price)
        }
        let sent = odd.webhookOddValue?.applied(to: .object(content)) ?? .object(content)
        await postman.send(sent, shownAs: .object(content), about: job, status: status)
    }
}
