import Foundation

/// The service's endpoints: read and validate, ask the book and the studio, answer in the service's words.
struct ImageToVideoAPI: Sendable {
    let book: JobBook
    let studio: Studio

    func create(_ call: Call) async -> Reply {
        await answering {
            let jobs = try await book.open(VideoRequest(single: call.body))
            studio.start(jobs)
            return Rows.created(jobs[0])
        }
    }

    func createBatch(_ call: Call) async -> Reply {
        await answering {
            let fields = try Fields(call.body)
            let request = try VideoRequest(batch: fields)
            let count = try fields.number("count", in: 1...10, default: 1)
            let jobs = try await book.open(request, count: count)
            studio.start(jobs)
            let batch = Batch(id: "\(jobs[0].created)_\(Account.uid)", count: count)
            return ["successList": .array(jobs.map { Rows.batched($0, in: batch) }), "errorList": []]
        }
    }

    /// Rows come in the order asked for; ids nobody knows are left out.
    func results(_ call: Call) async -> Reply {
        await answering {
            guard let ids = JSON(parsing: call.body)?["_ids"]?.string else { throw ServiceError.noResults }
            let wanted = ids.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            let time = now()
            let rows = await book.jobs(wanted).map {
                Rows.result($0, at: time, clock: book.clock, origin: call.origin)
            }
            return ["result": .array(rows)]
        }
    }

    private func answering(_ work: () async throws -> JSON) async -> Reply {
        do {
            return Envelope.success(try await work())
        } catch let error as ServiceError {
            return error.reply
        } catch {
            return ServiceError(code: 1015, message: "server error: \(error)").reply
        }
    }
}
