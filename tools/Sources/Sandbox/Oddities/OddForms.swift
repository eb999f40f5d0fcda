import Foundation

/// The form of the ids of new videos. Those that are digits only are numbers in answers.
enum IDForm: String, Sendable {
    case hex
    /// 15 digits, which a double holds.
    case number
    /// 19 digits, which a double does not hold.
    case int64
    /// 24 digits.
    case big

    /// Every serial has an id of its own, with the same beginning.
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

/// How a time is written in place of milliseconds since 1970.
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

/// Where an answer has its rows.
enum RowPlace: String, Sendable {
    /// `data` is the list.
    case data
    /// `data` is the row, if it is one only.
    case row
    case result
    /// `data.result` is the row, if it is one only.
    case resultRow = "result_row"
    case successList
    /// `data.data` is what `data` should be.
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
    /// An id of digits as the number that it is.
    var asNumber: JSON {
        guard let text = string, !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return self
        }
        return .raw(text)
    }
}
