import Foundation

/// Takes webhooks to their receivers, again and again until one answers with 200, and keeps the record.
actor Postman {
    private let seal: WebhookSeal
    private let post: WebhookPost
    /// The pause after the first attempt; each further one is twice as long.
    private let firstPause: Duration
    private let mostAttempts = 8

    private var deliveries: [WebhookDelivery] = []
    private var tasks: [Task<Void, Never>] = []
    /// Tells what was sent before a reset from what was sent after it.
    private var era = 0

    init(seal: WebhookSeal, post: WebhookPost, speed: Double) {
        self.seal = seal
        self.post = post
        firstPause = .seconds(5 / speed)
    }

    var records: [WebhookDelivery] { deliveries }

    /// `shown` is what the record says is inside; what is sent need not be proper JSON.
    func send(_ content: JSON, shownAs shown: JSON, about job: Job, status: JobStatus) {
        let url = job.request.webhookURL
        let target = LocalAddress.url(url)
        let index = deliveries.count
        deliveries.append(
            WebhookDelivery(
                id: job.id, url: url, status: status, content: shown,
                state: target == nil ? .notCalled : .waiting))
        guard let target else { return }
        let value = Int.random(in: 1000...9999)
        let nonce: WebhookSeal.Nonce = index.isMultiple(of: 2) ? .number(value) : .text(String(value))
        guard let body = try? seal.seal(Data(content.encoded()), at: now(), nonce: nonce) else { return }
        tasks.append(
            Task { [era] in await self.deliver(Data(body.encoded()), to: target, index: index, era: era) })
    }

    func reset() {
        for task in tasks { task.cancel() }
        tasks = []
        deliveries = []
        era += 1
    }

    private func deliver(_ body: Data, to url: URL, index: Int, era: Int) async {
        var pause = firstPause
        for attempt in 1...mostAttempts {
            let answer = await post.send(body, to: url)
            guard era == self.era else { return }
            deliveries[index].attempts = attempt
            deliveries[index].lastAnswer = answer
            if answer == 200 {
                deliveries[index].state = .delivered
                return
            }
            if attempt == mostAttempts { break }
            guard (try? await Task.sleep(for: pause)) != nil else { return }
            pause *= 2
        }
        deliveries[index].state = .givenUp
    }
}
