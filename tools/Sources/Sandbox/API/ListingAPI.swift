/// The listing of an account's videos that the documentation does not speak of and that clients report.
struct ListingAPI: Sendable {
    let book: JobBook

    /// Newest first, a page at a time.
    func list(_ call: Call) async -> Reply {
        await Envelope.answering {
            let page = try ListPage(call)
            let (jobs, count) = await book.page(page.number, size: page.size)
            let time = now()
            let rows = jobs.map { Rows.listed($0, at: time, clock: book.clock, origin: call.origin) }
            return ["result": .array(rows), "count": .int(count)]
        }
    }

    func info(_ call: Call) async -> Reply {
        await Envelope.answering {
            guard let id = call.queryValues("video_model_id").first, !id.isEmpty else {
                throw ServiceError.parameter("video_model_id", "is required")
            }
            guard let job = await book.jobs([id]).first else {
                throw ServiceError.missing("video_model_id")
            }
            return Rows.listed(job, at: now(), clock: book.clock, origin: call.origin)
        }
    }
}

/// The part of the listing that a request asks for.
struct ListPage {
    let number: Int
    let size: Int

    init(_ call: Call) throws {
        number = try Self.number("page", of: call, in: 1...1_000_000, default: 1)
        size = try Self.number("size", of: call, in: 1...100, default: 10)
    }

    private static func number(
        _ name: String, of call: Call, in range: ClosedRange<Int>, default fallback: Int
    ) throws -> Int {
        guard let text = call.queryValues(name).first else { return fallback }
        guard let number = Int(text), range.contains(number) else {
            throw ServiceError.parameter(name, "must be \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
