/// The service's codes. The table is open: a code it does not list passes through with the service's own
/// words.
public enum ServiceCode: Int32, Sendable {
    /// Success; nothing else is.
    case success = 1000
    /// A parameter is wrong or empty.
    case parameter = 1003
    /// The account requires verification.
    case verification = 1004
    /// Operations follow each other too fast.
    case tooFrequent = 1005
    /// The account's quota is used up.
    case quota = 1006
    /// The content does not exist.
    case contentNotFound = 1008
    /// No permission.
    case permission = 1009
    /// The content cannot be operated on.
    case notOperable = 1010
    /// The content was operated on already.
    case alreadyOperated = 1011
    /// The audio or video is not suitable.
    case mediaUnsuitable = 1013
    /// The resource does not exist.
    case resourceNotFound = 1014
    /// The service could not process the video.
    case videoProcessing = 1015
    /// The service could not make the audio.
    case audioNotCreated = 1017
    /// The token is wrong or has expired.
    case tokenInvalid = 1101
    /// No token and no key arrived.
    case tokenMissing = 1102
    /// The account is overdue.
    case overdue = 1103
    /// The account has too few credits.
    case credits = 1104
    /// The service could not process the image.
    case imageProcessing = 1108
    /// The API key is wrong.
    case keyInvalid = 1109
    /// The service could not process the audio.
    case audioProcessing = 1110
    /// The service's own callback failed.
    case callbackProcessing = 1111
    /// The service could not process the voice.
    case voiceProcessing = 1112
    /// The account is blocked.
    case accountBlocked = 1200
    /// The service could not create the audio.
    case audioCreation = 1201
    /// Audio and video do not go together.
    case audioWithVideo = 1203
    /// The video or audio is too long.
    case mediaDuration = 1204
    /// The service could not create the video.
    case videoCreation = 1205
    /// The file is too large.
    case mediaSize = 1207
    /// The file cannot be read.
    case mediaParsing = 1208
    /// The file's encoding is not supported.
    case mediaEncoding = 1209
    /// The video's frame rate is not supported.
    case mediaFrameRate = 1210
    /// This needs a subscription.
    case subscription = 1213
    /// This needs a higher subscription.
    case plan = 1221
    /// It exists already.
    case exists = 1222
    /// The server failed.
    case server = 2001
}

/// Whether what was refused may be asked again.
public enum Retry: Int32, Sendable {
    /// Not without changing something.
    case never = 0
    /// Later, with growing pauses: nothing was done.
    case later = 1
    /// Questions and deletions; never a create, which may have been acted on.
    case reads = 2
    /// Once, with a new token.
    case afterLogin = 3
}

/// What a code means to the library.
public struct CodeMeaning: Sendable {
    /// nil for a code that the table does not list.
    public let code: ServiceCode?
    public let status: Status
    /// What a person should know or do about it.
    let advice: String

    public init(_ code: Int64) {
        self.code = Int32(exactly: code).flatMap { ServiceCode(rawValue: $0) }
        (status, advice) = Self.classify(self.code)
    }

    public var retry: Retry {
        if code == .tokenInvalid { return .afterLogin }
        switch status {
        case .rateLimit: return .later
        case .server: return .reads
        default: return .never
        }
    }

    /// What the code says about a create that it answers.
    public var charge: Charge {
        switch status {
        case .ok: return .certain
        case .server, .service: return .possible
        default: return .none
        }
    }

    private static func classify(_ code: ServiceCode?) -> (Status, String) {
        switch code {
        case .success: return (.ok, "")
        case .parameter: return (.invalidRequest, "a parameter is wrong or empty")
        case .verification: return (.auth, "the account requires verification")
        case .tooFrequent: return (.rateLimit, "too many requests; try again later")
        case .quota, .credits: return (.quota, "the account has too few credits")
        case .contentNotFound, .resourceNotFound:
            return (.notFound, "the service does not know what was asked for")
        case .permission: return (.permission, "the account may not do this")
        case .notOperable, .alreadyOperated, .exists:
            return (.conflict, "it is not possible in the present state")
        case .mediaUnsuitable, .audioWithVideo, .mediaDuration, .mediaSize, .mediaParsing, .mediaEncoding,
            .mediaFrameRate:
            return (.invalidInput, "the picture, audio or video is not suitable")
        case .videoProcessing, .audioNotCreated, .imageProcessing, .audioProcessing, .callbackProcessing,
            .voiceProcessing, .audioCreation, .videoCreation, .server:
            return (.server, "the service failed")
        case .tokenInvalid: return (.auth, "the token is wrong or has expired")
        case .tokenMissing: return (.auth, "no credentials arrived at the service")
        case .keyInvalid: return (.auth, "the API key is wrong")
        case .accountBlocked: return (.auth, "the account is blocked")
        case .overdue: return (.billing, "the account is overdue")
        case .subscription, .plan: return (.plan, "the account's plan does not include this")
        case nil: return (.service, "the service refused with a code the library does not know")
        }
    }
}
