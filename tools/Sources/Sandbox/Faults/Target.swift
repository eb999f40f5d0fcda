import Foundation

/// The videos, effects or models that a rule is about.
enum Target: Sendable {
    /// By id; an effect also by its code, a model by its value.
    case ids(Set<String>)
    /// By a text that is part of the prompt.
    case prompt(String)

    var name: String {
        switch self {
        case .ids: "ids"
        case .prompt: "prompt"
        }
    }

    /// Whether a request of a route can be about such a thing at all. A create's ids are not known before it.
    func canConcern(_ route: Route) -> Bool {
        switch (route, self) {
        case (.results, _), (.audio, _), (.delete, _), (.list, _), (.info, _), (.video, _): true
        case (.create, .prompt), (.batch, .prompt), (.effects, .ids), (.models, .ids): true
        default: false
        }
    }

    func concerns(_ subject: Subject) -> Bool {
        switch self {
        case .ids(let ids): !ids.isDisjoint(with: subject.ids)
        case .prompt(let text): subject.prompts.contains { $0.contains(text) }
        }
    }

    /// Whether a row of an answer matches. A row without any id matches, as its request did.
    func picks(_ row: JSON, in book: JobBook) async -> Bool {
        let names = row.identities
        guard !names.isEmpty else { return true }
        switch self {
        case .ids(let ids): return !ids.isDisjoint(with: names)
        case .prompt(let text): return await book.jobs(names).contains { $0.request.title.contains(text) }
        }
    }
}

/// The ids and prompts that a request concerns, known before it is acted on.
struct Subject: Sendable {
    var ids: Set<String> = []
    var prompts: [String] = []

    init(_ call: Call, _ book: JobBook) async {
        let body = JSON(parsing: call.body)
        switch call.route {
        case .create, .batch:
            let scenes = body?["multi_prompt"]?.array ?? []
            prompts =
                [body?["prompt"]?.string].compactMap(\.self) + scenes.compactMap { $0["prompt"]?.string }
        case .results, .delete: ids = Set(VideoIDs.list(body?["_ids"]?.string ?? ""))
        case .audio: ids = Set([body?["pre_video_id"]?.string].compactMap(\.self))
        case .info: ids = Set(call.queryValues("video_model_id"))
        case .list:
            if let page = try? ListPage(call) {
                ids = Set(await book.page(page.number, size: page.size).jobs.map(\.id))
            }
        case .video: ids = Set([await book.id(ofVideoNamed: call.leaf)].compactMap(\.self))
        case .effects: ids = Set(Effect.all.flatMap(\.json.identities))
        case .models: ids = Set(ModelCatalogue.entries(ofTypes: ModelTypes.list(call)).flatMap(\.identities))
        case .credits, .token, .upload, .other, .control: break
        }
        prompts += await book.jobs(Array(ids)).map(\.request.title)
    }
}

extension JSON {
    /// The names of a row: a video's id, also a numeric one, and the codes of effects and models.
    var identities: [String] {
        ["_id", "pre_video_id", "effect_code", "value"].compactMap { name -> String? in
            switch self[name] {
            case .string(let text): text.isEmpty ? nil : text
            case .int(let number): String(number)
            case .raw(let bytes): String(decoding: bytes, as: UTF8.self)
            default: nil
            }
        }
    }
}
