/// What the service has to offer: effects and models.
struct CatalogueAPI: Sendable {
    func effects(_ call: Call) async -> Reply {
        let all = Effect.all.map(\.json)
        return Envelope.success(["result": .array(all), "count": .int(all.count)], message: "Success")
    }

    /// `data` is the list itself.
    func models(_ call: Call) async -> Reply {
        let types = ModelTypes.texts(call)
        guard !types.isEmpty else { return ServiceError.parameter("types[]", "is required").reply }
        let numbers = ModelTypes.list(call)
        guard numbers.count == types.count else {
            return ServiceError.parameter("types[]", "must be numbers").reply
        }
        return Envelope.success(.array(ModelCatalogue.entries(ofTypes: numbers)))
    }
}

/// The types of models that a request asks for.
enum ModelTypes {
    /// Clients write the brackets of `types[]` as they are or percent-encoded, and several types as several
    /// parameters.
    static func texts(_ call: Call) -> [String] { call.queryValues("types[]") + call.queryValues("types") }

    static func list(_ call: Call) -> [Int] { texts(call).compactMap { Int($0) } }
}
