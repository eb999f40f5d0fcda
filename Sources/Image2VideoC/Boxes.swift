import Image2Video

/// A value that a host fills in field by field. A refused value is remembered under its field, so that
/// whoever uses the whole can tell what was wrong with it.
final class Builder<Value> {
    private var value: Value
    private var refusals: [(field: String, error: I2VError)] = []

    init(_ value: Value) {
        self.value = value
    }

    /// `adds` tells that the call adds to what its field holds: then it does not make good what was refused
    /// before.
    func set(
        _ field: String, adds: Bool = false, _ apply: (inout Value) throws(I2VError) -> Void
    ) -> Status {
        if !adds { refusals.removeAll { $0.field == field } }
        do {
            try apply(&value)
            return .ok
        } catch {
            refusals.append((field, error))
            return error.status
        }
    }

    /// The value, unless a setter refused something that was not set right since.
    func checked() throws(I2VError) -> Value {
        if let refusal = refusals.first { throw refusal.error }
        return value
    }
}

typealias ConfigurationBox = Builder<Configuration>
typealias RequestBox = Builder<VideoRequest>

/// An error with its texts in the form C reads.
final class ErrorBox {
    let error: I2VError
    let message: CText
    let field: CText?
    let serviceMessage: CText?
    let json: CText?

    init(_ error: I2VError) {
        self.error = error
        message = CText(error.message)
        field = error.field.map { CText($0) }
        serviceMessage = error.serviceMessage.map { CText($0) }
        json = error.json.map { CText($0) }
    }
}

/// A snapshot with the texts that are not in it as they are.
final class VideoBox {
    let video: Video
    private let texts = TextCache()

    init(_ video: Video) {
        self.video = video
    }

    var json: UnsafePointer<CChar>? { texts.get("json") { video.json.text } }

    var failureReason: UnsafePointer<CChar>? {
        guard let reason = video.failureReason else { return nil }
        return texts.get("reason") { reason }
    }
}
