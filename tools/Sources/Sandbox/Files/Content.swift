import Foundation
import Hummingbird

/// Bytes that can be served, whole or in part.
protocol Content: Sendable {
    var size: Int { get }
    var modified: Date { get }
    /// A strong entity tag, in its quotes: other bytes have another.
    var tag: String { get }

    func body(_ span: ClosedRange<Int>, for call: Call) async throws -> ResponseBody
    func sha256() throws -> String
}
