/// The wrapping of every answer: `{"code", "msg", "data"}`, with 1000 for success and nothing else. HTTP
/// status and code are independent: the service answers many failures with 200, and gateways answer with
/// HTML.
enum Envelope {
    static let success: Int64 = 1000

    /// The whole answer, when it is a success. Wherever a server repeats one of the `secrets`, there are
    /// asterisks instead.
    static func open(_ body: [UInt8], httpStatus: Int32, hiding secrets: [String] = []) throws(I2VError)
        -> JSON
    {
        guard let answer = JSON(parsing: body, hiding: secrets) else { throw notJSON(body, httpStatus) }
        guard let code = answer["code"]?.integer else { throw withoutCode(answer, httpStatus) }
        guard code == success else { throw refusal(code, answer, httpStatus) }
        return answer
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

    private static func withoutCode(_ answer: JSON, _ httpStatus: Int32) -> I2VError {
        let json = answer.text.shortened(to: 4096)
        if (200..<300).contains(httpStatus) {
            return I2VError(
                .protocol, "the answer has no code (is base_url the service's?)", httpStatus: httpStatus,
                charge: .possible, json: json)
        }
        return http(httpStatus, words: FailureReason.find(in: answer), json: json)
    }

    private static func notJSON(_ body: [UInt8], _ httpStatus: Int32) -> I2VError {
        if (200..<300).contains(httpStatus) {
            let what = body.isEmpty ? "is empty" : "is not JSON"
            return I2VError(
                .protocol, "the answer \(what) (is base_url the service's?)", httpStatus: httpStatus,
                charge: .possible)
        }
        return http(httpStatus, words: nil, json: nil)
    }

    /// An HTTP status that speaks for itself, because the service's own code is missing.
    private static func http(_ httpStatus: Int32, words: String?, json: String?) -> I2VError {
        let status: Status
        let advice: String
        var isRetryable = false
        var charge = Charge.none
        switch httpStatus {
        case 300..<400:
            // Some servers answer so when they have done what was asked.
            (status, advice) = (.http, "the API answered with a redirect, which is not followed")
            charge = .possible
        case 401: (status, advice) = (.auth, "the credentials were not accepted")
        case 403: (status, advice) = (.permission, "the account may not do this")
        case 404: (status, advice) = (.http, "there is no such route (is base_url the service's?)")
        case 429:
            (status, advice) = (.rateLimit, "too many requests; try again later")
            isRetryable = true
        case 408, 500..<600:
            (status, advice) = (.http, "the service or a gateway before it failed")
            charge = .possible
        default: (status, advice) = (.http, "the request was refused")
        }
        let said = words.map { " (it says: \($0.shortened(to: 300)))" } ?? ""
        return I2VError(
            status, "\(advice): HTTP \(httpStatus)\(said)", httpStatus: httpStatus, serviceMessage: words,
            isRetryable: isRetryable, charge: charge, json: json)
    }
}
