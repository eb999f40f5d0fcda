/// Holds the receipt of a create against what was sent: the service repeats picture, prompt, model and the like. An
/// answer that repeats another request's must not give this one its video.
///
/// A video that is taken for another's is an id kept from its job, so only what no service makes of one text counts
/// as another. A field counts that both sides have as a text; one is enough.
struct Echo {
    private let request: JSON

    /// nil when there is nothing to compare with.
    init?(_ call: APICall) {
        guard let body = call.body, let request = JSON(parsing: body) else { return nil }
        self.request = request
    }

    /// The field that shows the row to be another request's; nil when none does.
    func contradiction(in row: JSON) -> String? {
        if let mark = nonceOf(request, "webhookurl"), let said = nonceOf(row, "webhookUrl") {
            if said == mark { return nil }
            if said.count == mark.count { return "webhookUrl" }
        }
        // Not `pre_video_id`: in the page's own sample the answer has another one than the request.
        if differs("image_url", row, EchoedAddress.canBe) { return "image_url" }
        if differs("last_image_url", row, EchoedAddress.canBe) { return "last_image_url" }
        if differs("audio_url", row, EchoedAddress.canBe) { return "audio_url" }
        if !mayRewritePrompt, differs("prompt", row, EchoedText.canBe) { return "prompt" }
        if differs("model_name", row, EchoedText.shareName) { return "model_name" }
        return nil
    }

    /// An effect has a prompt of its own, and with `extend_prompt` the service writes another.
    private var mayRewritePrompt: Bool {
        request["effect_code"]?.string?.isEmpty == false || request["extend_prompt"]?.bool == true
    }

    /// Both sides have the field as a text, and the one cannot be of the other.
    private func differs(_ name: StaticString, _ row: JSON, _ canBe: (String, String) -> Bool) -> Bool {
        guard let sent = request[name]?.string, let said = row[name]?.string else { return false }
        return !sent.isEmpty && !said.isEmpty && !canBe(said, sent)
    }

    /// The nonce that `Create` put into the webhook's address, by which the service's echo tells the submit from all others.
    private func nonceOf(_ json: JSON, _ name: StaticString) -> [UInt8]? {
        guard let address = json[name]?.string.map({ Array($0.utf8) }) else { return nil }
        let mark = Array(Create.nonceParameter.utf8)
        guard let start = address.firstIndex(of: mark) else { return nil }
        return Array(
            address[(start + mark.count)...].prefix { $0 != UInt8(ascii: "&") && $0 != UInt8(ascii: "#") })
    }
}

/// Texts as services repeat them: cut, with other white space or escapes, without what their encoding has not.
enum EchoedText {
    /// Characters that a cut text has at least. So many letters and digits of ASCII are not the same by accident.
    private static let enough = 20
    private static let replacement: UInt32 = 0xfffd

    /// Whether a service can have made the one text of the other.
    static func canBe(_ said: String, _ sent: String) -> Bool {
        if said == sent { return true }
        let (ours, its) = (essence(sent), essence(said))
        let (ascii, itsASCII) = (ours.filter { $0 < 0x80 }, its.filter { $0 < 0x80 })
        if ascii == itsASCII, ascii.count >= enough { return true }
        // A lost character may be written as a question mark.
        let isDamaged = isDamaged(said) || questionMarks(said) > questionMarks(sent)
        let (whole, part) = isDamaged ? (ascii, itsASCII) : (ours, its)
        return part.isEmpty || whole.isEmpty || part == whole || (canBeCut(said) && whole.starts(with: part))
    }

    /// A character of it was lost on the way.
    static func isDamaged(_ said: String) -> Bool {
        Array(said.utf8).holds([0xef, 0xbf, 0xbd])
    }

    private static func questionMarks(_ text: String) -> Int {
        text.utf8.reduce(0) { $1 == UInt8(ascii: "?") ? $0 + 1 : $0 }
    }

    /// A name of a model may have a version or a maker more or less.
    static func shareName(_ one: String, _ other: String) -> Bool {
        let (one, other) = (essence(one), essence(other))
        return holds(one, other) || holds(other, one)
    }

    /// A text that was cut is long, or shows it: by an ellipsis, or in the middle of a character.
    private static func canBeCut(_ text: String) -> Bool {
        let scalars = text.unicodeScalars.map { $0.value }
        guard scalars.count < enough, let last = scalars.last else { return true }
        return last == replacement || last == 0x2026 || scalars.suffix(3) == [0x2e, 0x2e, 0x2e]
    }

    private static func holds(_ whole: [UInt32], _ part: [UInt32]) -> Bool {
        guard !part.isEmpty, whole.count >= part.count else { return part.isEmpty }
        return (0...whole.count - part.count).contains { whole[$0..<$0 + part.count].elementsEqual(part) }
    }

    /// Letters and digits, those of ASCII in lower case. White space and punctuation are left out, with HTML's and
    /// JSON's escapes of them, and characters that databases are known to lose: those beyond 16 bits and their joiners.
    static func essence(_ text: String) -> [UInt32] {
        let scalars = text.unicodeScalars.map { $0.value }
        var found: [UInt32] = []
        found.reserveCapacity(scalars.count)
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            index += 1
            switch scalar {
            case 0x26: index = endOfEntity(scalars, index)
            case 0x5c: index = endOfEscape(scalars, index)
            case 0x30...0x39, 0x61...0x7a: found.append(scalar)
            case 0x41...0x5a: found.append(scalar + 0x20)
            case 0..<0xa1, 0x300...0x36f, 0x2000...0x206f, 0x3000, 0xfe00...0xfe0f, 0xfeff, replacement,
                0x10000...:
                break
            default: found.append(scalar)
            }
        }
        return found
    }

    /// Behind `name;` or `#39;`; where it begins if there is none.
    private static func endOfEntity(_ scalars: [UInt32], _ start: Int) -> Int {
        for index in start..<min(start + 8, scalars.count) {
            switch scalars[index] {
            case 0x3b: return index > start ? index + 1 : start
            case 0x23, 0x30...0x39, 0x41...0x5a, 0x61...0x7a: continue
            default: return start
            }
        }
        return start
    }

    /// Behind the letter of `\n` and its like.
    private static func endOfEscape(_ scalars: [UInt32], _ start: Int) -> Int {
        guard start < scalars.count, [0x62, 0x66, 0x6e, 0x72, 0x74].contains(scalars[start]) else {
            return start
        }
        return start + 1
    }
}

/// Addresses as services repeat them: written in another way, without their query, or as that of a copy elsewhere.
enum EchoedAddress {
    static func canBe(_ said: String, _ sent: String) -> Bool {
        if said == sent { return true }
        // Of what is at another host, nobody can tell whether it is a copy.
        guard let ours = Parts(sent), let its = Parts(said), ours.host == its.host else { return true }
        guard ours.path == its.path else { return false }
        return ours.query.isEmpty || its.query.isEmpty || ours.query == its.query
    }

    private struct Parts {
        let host: [UInt8]
        let path: [UInt32]
        let query: [UInt32]

        init?(_ text: String) {
            let bytes = Array(text.utf8)
            guard let mark = bytes.firstIndex(of: Array("://".utf8)) else { return nil }
            let rest = bytes[(mark + 3)...].prefix { $0 != UInt8(ascii: "#") }
            let place = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
            let tail = rest.dropFirst(place.count)
            let path = tail.prefix { $0 != UInt8(ascii: "?") }
            host = Self.host(place)
            self.path = Self.essence(path)
            query = Self.essence(tail.dropFirst(path.count))
        }

        /// In lower case, without the ports that need not be said.
        private static func host(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
            let host = String(decoding: bytes, as: UTF8.self).lowercasedASCII
            for port in [":443", ":80"] where host.reversed().starts(with: port.utf8.reversed()) {
                return Array(host.dropLast(port.utf8.count))
            }
            return host
        }

        private static func essence(_ bytes: ArraySlice<UInt8>) -> [UInt32] {
            EchoedText.essence(String(decoding: decoded(bytes), as: UTF8.self))
        }

        /// Without percent signs, which may be written for any character.
        private static func decoded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
            var found: [UInt8] = []
            var rest = bytes
            while let byte = rest.popFirst() {
                if byte == UInt8(ascii: "%"), let high = rest.first?.hexDigit,
                    let low = rest.dropFirst().first?.hexDigit
                {
                    found.append(high << 4 | low)
                    rest = rest.dropFirst(2)
                } else {
                    found.append(byte)
                }
            }
            return found
        }
    }
}
