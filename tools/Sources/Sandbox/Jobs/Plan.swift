import ArgumentParser

/// The subscription of the account.
enum Plan: String, Sendable, CaseIterable, ExpressibleByArgument {
    case free, pro
}
