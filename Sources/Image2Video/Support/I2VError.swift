/// What went wrong, in full. One type for the whole library, so that every room can throw it onward as it is.
public final class I2VError: Error, @unchecked Sendable {
    public let status: Status
    /// One line for a person: what happened and what can be done. Never holds credentials.
    public let message: String
    /// The argument or request field at fault.
    public let field: String?
    public let httpStatus: Int32
    /// The service's own code and words.
    public let serviceCode: Int64
    public let serviceMessage: String?
    /// libcurl's `CURLcode`.
    public let curlCode: Int32
    /// `errno`.
    public let systemError: Int32
    /// Doing the same again later can succeed without paying twice.
    public let isRetryable: Bool
    public let charge: Charge
    /// The part of the service's answer that tells of it.
    public let json: String?

    public init(
        _ status: Status, _ message: Message, field: String? = nil, httpStatus: Int32 = 0,
        serviceCode: Int64 = 0,
        serviceMessage: String? = nil, curlCode: Int32 = 0, systemError: Int32 = 0, isRetryable: Bool = false,
        charge: Charge = .none, json: String? = nil
    ) {
        self.status = status
        self.message = message.text.singleLine
        self.field = field
        self.httpStatus = httpStatus
        self.serviceCode = serviceCode
        self.serviceMessage = serviceMessage
        self.curlCode = curlCode
        self.systemError = systemError
        self.isRetryable = isRetryable
        self.charge = charge
        self.json = json
    }

    public static func invalid(_ field: String, _ message: Message) -> I2VError {
        I2VError(.invalidArgument, message, field: field)
    }

    public static func null(_ field: String) -> I2VError {
        invalid(field, "\(field) is NULL")
    }

    /// The other has the same reason, perhaps in other words. A service that is down may say so in many ways.
    func isLike(_ other: I2VError) -> Bool {
        isOutage && other.isOutage || status == other.status && serviceCode == other.serviceCode
    }

    private var isOutage: Bool {
        switch status {
        case .resolve, .connect, .network, .http, .server: return true
        default: return false
        }
    }

    /// The same error under another status or with more known about the charge.
    func with(status: Status? = nil, message: Message? = nil, isRetryable: Bool? = nil, charge: Charge? = nil)
        -> I2VError
    {
        I2VError(
            status ?? self.status, message ?? Message(self.message), field: field, httpStatus: httpStatus,
            serviceCode: serviceCode, serviceMessage: serviceMessage, curlCode: curlCode,
            systemError: systemError, isRetryable: isRetryable ?? self.isRetryable,
            charge: charge ?? self.charge, json: json)
    }
}

#if !hasFeature(Embedded)
    extension I2VError: CustomStringConvertible {
        public var description: String { "\(status): \(message)" }
    }
#endif

extension String {
    /// The text with every control character as a space, so that it cannot forge lines in a host's log.
    public var singleLine: String {
        guard utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else { return self }
        return String(decoding: utf8.map { $0 < 0x20 || $0 == 0x7f ? 0x20 : $0 }, as: UTF8.self)
    }

    /// The bytes with A to Z as a to z.
    var lowercasedASCII: [UInt8] {
        utf8.map { $0 >= 0x41 && $0 <= 0x5a ? $0 + 0x20 : $0 }
    }

    /// The text cut to at most `count` bytes at a character's edge, for messages that quote a server.
    func shortened(to count: Int) -> String {
        guard utf8.count > count else { return self }
        var bytes = Array(utf8.prefix(count))
        while let last = bytes.last, last & 0xC0 == 0x80 { bytes.removeLast() }
        if let last = bytes.last, last >= 0xC0 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self) + "…"
    }
}
