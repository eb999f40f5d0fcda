/// How many ids fit into one request. The service does not say; what it refused for its size is remembered.
final class ListLimit {
    private(set) var size: Int

    init(_ size: Int) {
        self.size = size
    }

    /// Whether asking about fewer ids may help; if so, less is asked from now on.
    func shrinks(after error: I2VError, count: Int) -> Bool {
        guard count > 1, error.serviceCode == 1003 || [400, 413, 414].contains(error.httpStatus) else {
            return false
        }
        size = min(size, max(1, count / 2))
        return true
    }
}
