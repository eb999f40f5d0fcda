/// The meaning of a request's failure for the ids that it asked about.
enum Blame {
    /// Nothing: the account, the rate, or the way to the service.
    case none
    /// Perhaps one of them: the service may be down, or fail over this list alone.
    case unclear
    /// One of them, or their number: the service answered, but not with what it was asked for.
    case ids
}

extension I2VError {
    var blame: Blame {
        switch status {
        case .protocol, .tooLarge, .invalidRequest, .invalidInput, .notFound, .permission, .conflict,
            .service:
            return .ids
        case .http:
            switch httpStatus {
            case 407: return .none
            case 300..<407, 409..<425, 426..<499: return .ids
            default: return .unclear
            }
        case .server, .network: return .unclear
        default: return .none
        }
    }
}
