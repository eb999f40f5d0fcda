import Foundation
import Synchronization

/// Runs programs without holding up a thread, and knows which are running, so that none outlives the sandbox.
final class ChildProcesses: Sendable {
    private let running = Mutex<[pid_t]?>([])

    struct Outcome: Sendable {
        let succeeded: Bool
        let output: String
    }

    /// Runs a program found on PATH to its end. Its standard output and error come back as one text, through
    /// a file: a pipe would need a reader of its own.
    func run(_ program: String, _ arguments: [String], log: URL) async throws -> Outcome {
        try Data().write(to: log)
        let handle = try FileHandle(forWritingTo: log)
        defer {
            try? handle.close()
            try? FileManager.default.removeItem(at: log)
        }
        let status = try await withCheckedThrowingContinuation { continuation in
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [program] + arguments
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = handle
            process.standardError = handle
            process.terminationHandler = { process in
                self.running.withLock { $0?.removeAll { $0 == process.processIdentifier } }
                continuation.resume(returning: process.terminationStatus)
            }
            do {
                // Started under the lock: a process is either listed before `killAll` looks or never started.
                try running.withLock { list in
                    guard list != nil else { throw CancellationError() }
                    try process.run()
                    list?.append(process.processIdentifier)
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
        let output = try String(decoding: Data(contentsOf: log), as: UTF8.self)
        return Outcome(succeeded: status == 0, output: output)
    }

    /// Ends every child and starts no more.
    func killAll() {
        let processes = running.withLock { list in
            defer { list = nil }
            return list ?? []
        }
        for process in processes { kill(process, SIGKILL) }
    }
}
