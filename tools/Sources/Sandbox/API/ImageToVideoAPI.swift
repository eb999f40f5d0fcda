import Foundation

/// The endpoints that make, show and delete videos: read and validate, ask the book and the studio, answer in
/// the service's words.
struct ImageToVideoAPI: Sendable {
    let book: JobBook
    let studio: Studio
    let plan: Plan
    let oddities: OddityBook

    func create(_ call: Call) async -> Reply {
        await Envelope.answering {
            let odd = await oddities.current
            let request = try VideoRequest(single: call.body, plan: plan, prices: odd.prices)
            let jobs = try await book.open(Order(request, call, odd))
            studio.start(jobs)
            return Self.rows(jobs.map(Rows.created))
        }
    }

    func createBatch(_ call: Call) async -> Reply {
        await Envelope.answering {
            let fields = try Fields(call.body)
            let count = try fields.number("count", in: 1...10, default: 1)
            let odd = await oddities.current
            let request = try VideoRequest(batch: fields, count: count, plan: plan, prices: odd.prices)
            let made = odd.successes(of: count)
            let jobs = made == 0 ? [] : try await book.open(Order(request, call, odd, count: made))
            studio.start(jobs)
            let batch = Batch(id: "\(jobs.first?.created ?? now())_\(Account.uid)", count: count)
            return [
                "successList": .array(jobs.map { Rows.batched($0, in: batch) }),
                "errorList": .array(odd.errors(of: count)),
            ]
        }
    }

    /// New sound for a finished video, as a video of its own.
    func updateAudio(_ call: Call) async -> Reply {
        await Envelope.answering {
            let request = try AudioRequest(call.body)
            let old = try await book.finished(request.videoID)
            let order = Order(request.applied(to: old), call, await oddities.current, dubs: old)
            let jobs = try await book.open(order)
            studio.start(jobs)
            return Self.rows(jobs.map(Rows.dubbed))
        }
    }

    /// One row by itself, which is all there is unless more is made than was asked for.
    private static func rows(_ rows: [JSON]) -> JSON { rows.count == 1 ? rows[0] : .array(rows) }

    /// Rows come in the order asked for; ids nobody knows are left out.
    func results(_ call: Call) async -> Reply {
        await Envelope.answering {
            guard let ids = JSON(parsing: call.body)?["_ids"]?.string else { throw ServiceError.noResults }
            let wanted = VideoIDs.list(ids)
            if let cap = await oddities.current.resultsCap, wanted.count > cap {
                throw ServiceError.parameter("_ids", "must be at most \(cap)")
            }
            let time = now()
            let rows = await book.jobs(wanted).map {
                Rows.result($0, at: time, clock: book.clock, origin: call.origin)
            }
            return ["result": .array(rows)]
        }
    }

    func delete(_ call: Call) async -> Reply {
        await Envelope.answering(message: "Delete successfully") {
            let ids = VideoIDs.list(try Fields(call.body).text("_ids"))
            let (deleted, refused) = await book.delete(ids)
            return [
                "successIds": .array(deleted.map(JSON.string)),
                "noPermissionItems": .array(
                    refused.map { ["_id": .string($0.id), "msg": .string($0.reason)] }),
            ]
        }
    }
}

/// The service's lists of ids: one text, joined by commas.
enum VideoIDs {
    static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
