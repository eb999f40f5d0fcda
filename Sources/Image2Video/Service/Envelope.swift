/// The wrapping of every answer: `{"code", "msg", "data"}`, with 1000 for success and nothing else. HTTP
/// status and code are independent: the service answers many failures with 200, and gateways answer with
/// HTML.
enum Envelope {
    static let success: Int64 = 1000

    /// The whole answer, when it is a success. Wherever a server repeats one of the `secrets` in a text, there are
    /// asterisks instead. `creates`: it answers a create.
    static func open(
        _ body: [UInt8], httpStatus: Int32, hiding secrets: [String] = [], creates: Bool = false
    ) throws(I2VError) -> JSON {
        guard let answer = JSON(parsing: body, hiding: secrets) else { throw notJSON(body, httpStatus) }
        guard let code = answer["code"]?.integer else { throw withoutCode(answer, httpStatus) }
        guard code == success else {
            throw creates && Create.holdsReceipt(answer)
                ? contradiction(code, answer, httpStatus) : refusal(code, answer, httpStatus)
        }
        return answer
    }

    /// The service refuses a create and gives an id all the same: it is no refusal to rely on.
    private static func contradiction(_ code: Int64, _ answer: JSON, _ httpStatus: Int32) -> I2VError {
        I2VError(
            .outcomeUnknown,
            "the service answered with code \(code) but gave an id for a video; it may be in the making and charged",
            httpStatus: httpStatus, serviceCode: code, serviceMessage: answer["msg"]?.string,
            charge: .possible,
            json: answer.text)
    }

    /// Whether all of an answer is there. A part of one is no JSON.
    static func isWhole(_ body: [UInt8]) -> Bool {
        JSON(parsing: body)?["code"]?.integer != nil
    }

    /// A success whose contents are not what the page says.
    static func unreadable(_ answer: JSON, _ what: String) -> I2VError {
        I2VError(
            .protocol, "the service's \(what)", httpStatus: 200, serviceCode: success, isRetryable: true,
            json: answer.text.shortened(to: 4096))
    }

    private static func refusal(_ code: Int64, _ answer: JSON, _ httpStatus: Int32) -> I2VError {
        let meaning = CodeMeaning(code)
        let words = answer["msg"]?.string ?? FailureReason.find(in: answer)
        let said = words.map { " (the service says: \($0.shortened(to: 300)))" } ?? ""
        return I2VError(
            meaning.status, "\(meaning.advice): code \(code)\(said)", httpStatus: httpStatus,
            serviceCode: code,
            serviceMessage: words, isRetryable: meaning.retry == .later, charge: meaning.charge,
            json: answer.text)
    }

    /// JSON, but not the service's envelope. Its routes that do not exist answer with `status` and `msg` alone.
    private static func withoutCode(_ answer: JSON, _ httpStatus: Int32) -> I2VError {
        let json = answer.text.shortened(to: 4096)
        if (200..<300).contains(httpStatus) {
            return I2VError(
                .protocol, "the answer has no code (is base_url the service's?)", httpStatus: httpStatus,
                charge: .possible, json: json)
        }
        let isItsOwn = answer["msg"]?.string != nil
        return http(httpStatus, words: FailureReason.find(in: answer), json: json, isServices: isItsOwn)
    }

    private static func notJSON(_ body: [UInt8], _ httpStatus: Int32) -> I2VError {
        if (200..<300).contains(httpStatus) {
            let what = body.isEmpty ? "is empty" : "is not JSON"
            return I2VError(
                .protocol, "the answer \(what) (is base_url the service's?)", httpStatus: httpStatus,
                charge: .possible)
        }
        return http(httpStatus, words: nil, json: nil, isServices: false)
    }

    /// An HTTP status that speaks for itself, because the service's own code is missing.
    private static func http(_ httpStatus: Int32, words: String?, json: String?, isServices: Bool) -> I2VError
    {
        let status: Status
        let advice: String
        switch httpStatus {
        case 300..<400: (status, advice) = (.http, "the API answered with a redirect, which is not followed")
        case 401 where isServices: (status, advice) = (.auth, "the credentials were not accepted")
        case 401:
            (status, advice) = (
                .auth, "the credentials were not accepted, by the service or a gateway before it"
            )
        case 403 where isServices: (status, advice) = (.permission, "the account may not do this")
        case 403: (status, advice) = (.http, "a gateway or firewall before the service refused the request")
        case 404: (status, advice) = (.http, "there is no such route (is base_url the service's?)")
        case 407: (status, advice) = (.http, "the proxy did not accept its credentials")
        case 421, 425:
            (status, advice) = (.http, "the server did not process the request on this connection")
        case 429: (status, advice) = (.rateLimit, "too many requests; try again later")
        case 408, 500..<600: (status, advice) = (.http, "the service or a gateway before it failed")
        default: (status, advice) = (.http, "the service or a gateway before it did not accept the request")
        }
        let said = words.map { " (it says: \($0.shortened(to: 300)))" } ?? ""
        return I2VError(
            status, "\(advice): HTTP \(httpStatus)\(said)", httpStatus: httpStatus, serviceMessage: words,
            isRetryable: status == .rateLimit || httpStatus == 421 || httpStatus == 425,
            charge: isRefusal(httpStatus) ? .none : .possible, json: json)
    }

    /// HTTP says of these that the request was not carried out. Of all others nobody knows: some servers answer with a
    /// redirect or 406 when they have done what was asked, 408, 409 and 499 may come from a gateway whose request was
    /// carried out, and what is in no table may mean anything.
    private static func isRefusal(_ httpStatus: Int32) -> Bool {
        switch httpStatus {
        case 400, 401, 403, 404, 405, 407, 410, 411, 413, 414, 415, 417, 421, 422, 425, 426, 428, 429, 431,
            451:
            return true
        default: return false
        }
    }
}
