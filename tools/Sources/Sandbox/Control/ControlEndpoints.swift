import Hummingbird

/// What tests and people ask of the sandbox itself.
struct ControlEndpoints: Sendable {
    let connections: ConnectionBook
    let book: JobBook
    let journal: Journal
    let arrivals: ArrivalBook
    let faults: FaultBook
    let credentials: Credentials
    let tokens: TokenBook
    let postman: Postman
    let oddityBook: OddityBook
    let plan: Plan
    let digests: Digests

    func page(_ call: Call) async -> Reply {
        .response(
            Response(
                status: .ok, headers: [.contentType: "text/html; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: StatusPage.html))))
    }

    func stats(_ call: Call) async -> Reply { .json(.object(await counters())) }

    func requests(_ call: Call) async -> Reply {
        guard let limit = call.query("limit") else { return .json(.array(await journal.requests())) }
        guard let count = Int(limit), count >= 0 else {
            return .problem("\"limit\" must be an integer of 0 or more")
        }
        return .json(.array(await journal.requests(newest: count)))
    }

    func creates(_ call: Call) async -> Reply {
        var rows: [JSON] = []
        for record in await book.creates { rows.append(await row(of: record)) }
        return .json(.array(rows))
    }

    private func row(of record: CreateRecord) async -> JSON {
        var earlier: [String] = []
        for content in record.job.earlier.compactMap(\.content) {
            if let digest = await digests.sha256(of: content) { earlier.append(digest) }
        }
        var digest: String?
        if let content = record.job.film?.content { digest = await digests.sha256(of: content) }
        return record.json(sha256: digest, earlier: earlier)
    }

    func arrivals(_ call: Call) async -> Reply {
        // Arrivals first: a create that comes in between is left out, not shown as one that nothing came of.
        var known = await arrivals.all
        if let text = call.query("after") {
            guard let number = Int(text) else { return .problem("\"after\" must be an integer") }
            known = known.filter { $0.number > number }
        }
        let made = Dictionary(grouping: await book.creates, by: \.arrival)
        return .json(.array(known.map { $0.json(made: made[$0.number] ?? []) }))
    }

    func expireTokens(_ call: Call) async -> Reply {
        .json(["expired": .int(await tokens.expireAll())])
    }

    func setKeys(_ call: Call) async -> Reply {
        if let problem = await credentials.change(JSON(parsing: call.body) ?? .null) {
            return .problem(problem)
        }
        return .json(["changed": true])
    }

    func webhooks(_ call: Call) async -> Reply { .json(.array(await postman.records.map(\.json))) }

    func oddities(_ call: Call) async -> Reply { .json(await oddityBook.current.json) }

    func setOddities(_ call: Call) async -> Reply {
        do throws(OddityProblem) {
            await oddityBook.replace(with: try Oddities(JSON(parsing: call.body) ?? .null))
            return await oddities(call)
        } catch {
            return .problem(error.message)
        }
    }

    func setFaults(_ call: Call) async -> Reply {
        guard let items = JSON(parsing: call.body)?.array else {
            return .problem("the body must be a JSON array of rules")
        }
        var rules: [FaultRule] = []
        for (index, item) in items.enumerated() {
            do throws(FaultRuleProblem) {
                rules.append(try FaultRule(item))
            } catch {
                return .problem("rule \(index): \(error.message)")
            }
        }
        await faults.replace(with: rules)
        return .json(["rules": .int(rules.count)])
    }

    func reset(_ call: Call) async throws -> Reply {
        try await connections.settle(besides: call.context.channel)
        await faults.replace(with: [])
        await book.reset()
        await journal.reset()
        await arrivals.reset()
        _ = await tokens.expireAll()
        await credentials.reset()
        await postman.reset()
        await oddityBook.replace(with: Oddities())
        return .json(["reset": true])
    }

    /// What the status page shows.
    func jobs(_ call: Call) async -> Reply {
        let time = now()
        let webhooks = Dictionary(grouping: await postman.records, by: \.id)
        let rows = await book.newest(60).map { job in
            row(of: job, at: time, webhooks: webhooks[job.id] ?? [])
        }
        return .json([
            "counters": .object(await counters()), "oddities": await oddityBook.current.json,
            "jobs": .array(rows),
        ])
    }

    private func row(of job: Job, at time: Milliseconds, webhooks: [WebhookDelivery]) -> JSON {
        let progress = job.progress(at: time, clock: book.clock)
        return [
            "id": .string(job.id),
            "status": .int(progress.status.rawValue),
            "progress": .double(progress.done),
            "prompt": .string(job.request.title),
            "effect": .string(job.request.effect?.name ?? ""),
            "model": .string(job.request.modelName),
            "resolution": .string(job.request.resolution),
            "seconds": .int(job.request.seconds),
            "original": job.original.map { .string($0.id) } ?? .null,
            "failure": job.failure.map(JSON.string) ?? .null,
            "picture": job.picture == nil ? .null : .string("/_sandbox/picture/\(job.id)"),
            "video": progress.status == .completed ? .string("/videos/\(job.videoName)") : .null,
            "webhooks": .array(webhooks.map(\.json)),
        ]
    }

    private func counters() async -> [String: JSON] {
        var requests: [String: JSON] = [:]
        var api = 0
        for route in Route.allCases where route != .control {
            let count = await journal.count(route)
            requests[route.rawValue] = .int(count)
            if route.isAPI { api += count }
        }
        let totals = await book.totals()
        return [
            "requests": .object(requests),
            "total_api": .int(api),
            "creates_processed": .int(totals.createsProcessed),
            "videos_created": .int(totals.videosCreated),
            "credits_left": .int(totals.creditsLeft),
            "credits_charged": .int(totals.creditsCharged),
            "plan": .string(plan.rawValue),
            "connections": .int(await journal.connections),
        ]
    }
}
