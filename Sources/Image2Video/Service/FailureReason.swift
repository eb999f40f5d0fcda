/// Finds the service's words for a failure. No field for them is documented; these have been seen.
enum FailureReason {
    private static var names: [StaticString] {
        [
            "error_reason", "failed_reason", "faceswap_fail_reason", "fail_msg", "error_msg", "error_message",
            "error_reasons", "error", "detail", "msg", "message", "error_code",
        ]
    }

    static func find(in row: JSON) -> String? {
        find(in: row, depth: 0)
    }

    private static func find(in value: JSON, depth: Int) -> String? {
        guard depth < 4 else { return nil }
        if let text = value.string { return text.isEmpty ? nil : text }
        if let first = value[0] { return find(in: first, depth: depth + 1) }
        for name in names {
            guard let found = value[name], !found.isNull else { continue }
            if let text = find(in: found, depth: depth + 1) { return text }
            if let number = found.integer, number != 0 { return "\(name) \(number)" }
        }
        return nil
    }
}
