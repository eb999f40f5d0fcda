/// Batches that do not yield all they were asked for. What fails is neither made nor charged.
extension Oddities {
    /// How many videos of a batch are made.
    func successes(of count: Int) -> Int {
        if hasEmptySuccess { return 0 }
        return switch partialSuccess {
        case .none: count
        case .half: (count + 1) / 2
        case .exactly(let most): min(most, count)
        }
    }

    /// What stands in `errorList` for the rest. No page describes its items, so each has another of the forms
    /// that clients report.
    func errors(of count: Int) -> [JSON] {
        if hasEmptySuccess { return [] }
        let failed = count - successes(of: count)
        return (0..<failed).map { Self.errorItems[$0 % Self.errorItems.count] }
    }

    private static let errorItems: [JSON] = [
        ["code": 1005, "msg": "operation is too frequent"],
        ["message": "the image is not suitable"],
        ["error": "the model is busy"],
        ["detail": "image height must be 300 to 6000"],
        ["error": ["code": 1015, "message": "the upstream model failed"]],
        ["index": 5, "data": ["error": ["detail": [["msg": "moderation refused the prompt"]]]]],
        "create failed",
    ]
}
