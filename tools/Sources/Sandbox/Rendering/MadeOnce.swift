/// Makes each thing once, also when many ask for it at the same moment: a hundred jobs with the same picture
/// and prompt cost one render.
actor MadeOnce<Key: Hashable & Sendable, Value: Sendable> {
    private var tasks: [Key: Task<Result<Value, RenderFailure>, Never>] = [:]

    func value(
        for key: Key, make: @escaping @Sendable () async throws(RenderFailure) -> Value
    ) async throws(RenderFailure) -> Value {
        let task =
            tasks[key]
            ?? Task {
                do throws(RenderFailure) {
                    return .success(try await make())
                } catch {
                    return .failure(error)
                }
            }
        tasks[key] = task
        let result = await task.value
        // A failure is not kept: the next job may find a mended file or a less busy machine.
        if case .failure = result, tasks[key] == task { tasks[key] = nil }
        return try result.get()
    }
}
