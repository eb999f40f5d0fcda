import Foundation

/// The time as the service writes it: milliseconds since 1970.
typealias Milliseconds = Int

func now() -> Milliseconds { Int(Date().timeIntervalSince1970 * 1000) }
