/// The service's codes: what each means to the library. The table is open; a code it does not list passes
/// through as `service` with the service's own words.
struct ServiceCode: Sendable {
    let status: Status
    /// What a person should know or do about it.
    let advice: String
    /// Asking again later can help. Never true of something that may have been charged.
    var isRetryable: Bool { status == .rateLimit }
    /// What the code says about a create that it answers.
    var charge: Charge { status == .server || status == .service ? .possible : .none }

    init(_ code: Int64) {
        (status, advice) = Self.classify(code)
    }

    private static func classify(_ code: Int64) -> (Status, String) {
        switch code {
        case 1003: return (.invalidRequest, "a parameter is wrong or empty")
        case 1004: return (.auth, "the account requires verification")
        case 1005: return (.rateLimit, "too many requests; try again later")
        case 1006, 1104: return (.quota, "the account has too few credits")
        case 1008, 1014: return (.notFound, "the service does not know what was asked for")
        case 1009: return (.permission, "the account may not do this")
        case 1010, 1011, 1222: return (.conflict, "it is not possible in the present state")
        case 1013, 1203, 1204, 1207...1210:
            return (.invalidInput, "the picture, audio or video is not suitable")
        case 1015, 1017, 1108, 1110...1112, 1201, 1205, 2001: return (.server, "the service failed")
        case 1101: return (.auth, "the token is wrong or has expired")
        case 1102: return (.auth, "no credentials arrived at the service")
        case 1109: return (.auth, "the API key is wrong")
        case 1200: return (.auth, "the account is blocked")
        case 1103: return (.billing, "the account is overdue")
        case 1213, 1221: return (.plan, "the account's plan does not include this")
        default: return (.service, "the service refused with a code the library does not know")
        }
    }
}
