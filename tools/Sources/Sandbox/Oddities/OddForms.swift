import Foundation

/// The form of the ids of new videos. Decimal ids are JSON numbers in answers.
enum IDForm: String, Sendable {
    case hex
    /// 15 digits, exact in a double.
    case number
    /// 19 digits, beyond a double's precision.
    case int64
    /// 24 digits, beyond 64 bits.
    case big

    /// Distinct for each serial.
    func id(prefix: UInt64, serial: Int) -> String {
        switch self {
        case .hex: String(format: "%016lx%08lx", UInt(prefix), UInt(serial))
        case .number: String(100_000_000_000_000 + prefix % 800_000_000_000_000 + UInt64(serial))
        case .int64:
            String(1_000_000_000_000_000_000 + prefix % 8_000_000_000_000_000_000 + UInt64(serial))
        case .big:
            String(format: "%016ld%08ld", Int(1_000_000_000_000_000 + prefix % 8_000_000_000_000_000), serial)
        }
    }
}

/// A format for times, instead of milliseconds since 1970.
enum TimeForm: String, Sendable {
    case seconds, microseconds, text, iso
    case realSeconds = "real_seconds"

    func json(_ time: Milliseconds) -> JSON {
        switch self {
        case .seconds: .int(time / 1000)
        case .realSeconds: .double(Double(time) / 1000)
        case .microseconds: .int(time * 1000)
        case .text: .string(String(time))
        case .iso: .string(Date(timeIntervalSince1970: Double(time) / 1000).ISO8601Format())
        }
    }
}

/// The place of the rows in an answer.
enum RowPlace: String, Sendable {
    /// `data` is the list.
    case data
    /// `data` is the row; with several rows, the list.
    case row
    case result
    /// `data.result` is the row; with several rows, the list.
    case resultRow = "result_row"
    case successList
    /// `data.data` holds the usual `data`.
    case nested

    func data(rows: [JSON], from data: JSON) -> JSON {
        let single: JSON = rows.count == 1 ? rows[0] : .array(rows)
        return switch self {
        case .data: .array(rows)
        case .row: single
        case .result: ["result": .array(rows)]
        case .resultRow: ["result": single]
        case .successList: ["successList": .array(rows)]
        case .nested: ["data": data]
        }
    }
}

extension JSON {
    /// A text of digits as a number; any other value unchanged.
    var asNumber: JSON {
        guard let text = string, !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return self
        }
        return .raw(text)
    }
}
