/// What the service answered to a question, taken apart.
public final class QueryAnswer: @unchecked Sendable {
    /// The whole answers, one for each request that the question took.
    public let json: [JSON]
    /// Results: a video for each id in the order asked, nil where the service listed none.
    public private(set) var videos: [Video?] = []
    public private(set) var effects: [Effect] = []
    /// The service's own count of its effects.
    public var total: Int64? { json[0]["data"]?["count"]?.integer }
    /// Best first, as the service ranks them.
    public private(set) var models: [Model] = []
    public private(set) var credit: Double?
    /// What became of each id in the order asked.
    public private(set) var deletions: [Deletion] = []

    private init(_ json: [JSON]) {
        self.json = json
    }

    /// The effect of that name; upper and lower case of ASCII letters do not matter.
    public func effect(named name: String) -> Effect? {
        effects.first { $0.name.map { $0.lowercasedASCII == name.lowercasedASCII } ?? false }
    }

    /// `refusals`: the ids that the service was asked about alone in the end, and why that brought nothing.
    static func read(
        _ answers: [JSON], to question: Query.Question, refusals: [(id: String, error: I2VError)] = []
    ) throws(I2VError) -> QueryAnswer {
        let answer = QueryAnswer(answers)
        switch question {
        case .results(let ids):
            var found: [String: Video] = [:]
            for page in answers {
                for video in try Results.videos(in: page).values { Results.add(video, to: &found) }
            }
            answer.videos = ids.map { found[$0] }
        case .delete(let ids):
            answer.deletions = Deletion.outcomes(of: ids, in: answers, refusals: refusals)
        case .effects:
            answer.effects = try Effect.list(in: answers[0])
        case .models:
            answer.models = try Model.list(in: answers[0])
        case .credits:
            answer.credit = answers[0]["data"]?["credit"]?.real
            if answer.credit == nil { throw Envelope.unreadable(answers[0], "credits hold no number") }
        }
        return answer
    }
}

extension Query.Question {
    /// The request that asks about the given part of the ids.
    func call(for ids: [String]) throws(I2VError) -> APICall {
        switch self {
        case .results: return try Results.call(for: ids)
        case .delete: return try Deletion.call(for: ids)
        case .effects: return APICall(endpoint: .effects)
        case .models(let type): return APICall(endpoint: .models, query: "?types%5B%5D=\(type)")
        case .credits: return APICall(endpoint: .credits)
        }
    }
}
