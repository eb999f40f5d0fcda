import CSystem

extension Configuration {
    /// Takes credentials and address from the environment, where it has them.
    public mutating func loadEnvironment() throws(I2VError) {
        let key = try Self.variable("AKOOL_API_KEY")
        let id = try Self.variable("AKOOL_CLIENT_ID")
        let secret = try Self.variable("AKOOL_CLIENT_SECRET")
        if let key {
            guard Self.isHeaderValue(key) else {
                throw .invalid("api_key", "AKOOL_API_KEY has characters a header cannot carry")
            }
            apiKey = key
        } else if let id, let secret {
            (clientID, clientSecret) = (id, secret)
        } else if id != nil || secret != nil {
            throw .invalid(
                "client_secret",
                "only one of AKOOL_CLIENT_ID and AKOOL_CLIENT_SECRET is set; they go together")
        }
        if let url = try Self.variable("AKOOL_BASE_URL") { baseURL = url }
    }

    /// A variable of the environment; nil when it is not set or empty.
    static func variable(_ name: String) throws(I2VError) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        guard let text = String(validatingCString: value) else {
            throw .invalid("environment", "\(name) in the environment is not UTF-8")
        }
        return text
    }
}
