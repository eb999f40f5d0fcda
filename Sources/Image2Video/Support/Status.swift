/// Outcome of a call or of an operation. The numbers are part of the ABI: values are added, never changed.
public enum Status: Int32, Sendable {
    /// The call did what it says.
    /// - C: I2V_OK
    case ok = 0

    /// An argument is missing, malformed or does not go with another; the error names the field.
    case invalidArgument = 1
    /// The object cannot do this now, for example fetch a video that is not finished.
    case invalidState = 2
    /// A blocking or destroying call was made from inside a callback of the same client.
    case inCallback = 3
    /// The client is being destroyed or has been.
    case closed = 4
    /// The client was created before `fork`; make a new one in the child.
    case forked = 5
    /// The system refused a thread, a descriptor or memory.
    case system = 6
    /// The estimate of a submit or of new sound would pass the client's budget. Nothing was sent.
    case budget = 8
    /// The client has as much under way as it takes; try again when something of it has ended.
    case busy = 9

    /// This call's own timeout passed; what it waited for goes on.
    case timeout = 10
    /// The job's deadline passed. The service may still finish it; its id stays valid.
    case deadline = 11
    /// The host cancelled the operation, or destroyed the client.
    case cancelled = 12

    /// The host's name could not be resolved. Nothing was sent.
    case resolve = 20
    /// No connection could be made. Nothing was sent.
    case connect = 21
    /// The TLS handshake failed or the certificate was not accepted. Nothing was sent.
    case tls = 22
    /// The connection broke or a read or write failed or timed out.
    case network = 23

    /// An HTTP status other than success, without an answer of the service in the body; also the refusal of a
    /// gateway or firewall before the service (HTTP 403 without the service's words).
    case http = 30
    /// The answer is not what the service documents: not JSON, no code, no id.
    case `protocol` = 31
    /// The answer is larger than the library accepts.
    case tooLarge = 32

    /// The credentials are missing, wrong, expired or blocked (1004, 1101, 1102, 1109, 1200; HTTP 401).
    case auth = 40
    /// The account has too few credits (1006, 1104).
    case quota = 41
    /// The account is overdue (1103).
    case billing = 42
    /// The account's plan does not include this (1213, 1221).
    case plan = 43
    /// Too many requests (1005; HTTP 429). Nothing was created.
    case rateLimit = 44
    /// The service calls the request wrong (1003).
    case invalidRequest = 45
    /// The service does not accept the picture, audio or video (1013, 1203, 1204, 1207 to 1210).
    case invalidInput = 46
    /// The service does not know what was asked for (1008, 1014).
    case notFound = 47
    /// The account may not do this (1009; HTTP 403 with the service's own words).
    case permission = 48
    /// Not possible in the present state of the resource (1010, 1011, 1222).
    case conflict = 49
    /// The service failed (1015, 1017, 1108, 1110 to 1112, 1201, 1205, 2001).
    case server = 50
    /// A code the library does not know; the error carries it.
    case service = 51

    /// The request may have reached the service, but its answer did not arrive: a video may be in the
    /// making and may have been charged.
    case outcomeUnknown = 60
    /// The service could not make the video (status 4).
    case jobFailed = 61
    /// The service calls the video completed but gives no address for it.
    case noVideo = 62
    /// The video's address answers that it is not, or no longer, there (HTTP 403, 404 or 410).
    case videoGone = 63
    /// No answer of the service ever listed the job's id, up to the job's deadline.
    case idUnknown = 64
    /// The video is not at its address any more, and is older than the seven days the service keeps it.
    case videoExpired = 65

    /// The file could not be written; the error carries `errno`.
    case file = 70
    /// The target exists and replacing it was not asked for.
    case fileExists = 71
    /// The ledger cannot be opened, read or written; the error says why.
    case ledger = 72

    /// The webhook's body is malformed, not signed for the client id, not for the client secret, or too old.
    case webhook = 80
}

/// Whether credits were, or may have been, taken.
public enum Charge: Int32, Sendable {
    /// Nothing was charged.
    case none = 0
    /// It is not known whether something was charged.
    case possible = 1
    /// The service accepted the request; credits were taken.
    case certain = 2
}
