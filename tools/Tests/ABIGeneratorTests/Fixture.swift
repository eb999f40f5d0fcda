import Foundation

@testable import ABIGenerator

/// A small library that uses every convention once.
enum Fixture {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixture")

    static func outputs() throws -> [String: String] {
        let outputs = try Generator.outputs(for: SourceTree(root: root))
        return Dictionary(uniqueKeysWithValues: outputs.map { ($0.path, $0.text) })
    }

    static func header() throws -> String { try outputs()[HeaderEmitter.path] ?? "" }
    static func python() throws -> String { try outputs()[PythonEmitter.path] ?? "" }
}

/// An empty directory for one test.
struct Folder {
    let url = URL.temporaryDirectory.appending(path: "abi-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
    func remove() { try? FileManager.default.removeItem(at: url) }

    func write(_ text: String, to name: String) throws -> URL {
        let file = url.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return file
    }
}

/// Runs a tool of the system and tells how it went; nil when the system has no such tool.
func run(_ arguments: String...) throws -> (code: Int32, output: String)? {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 127
        ? nil : (process.terminationStatus, String(decoding: output, as: UTF8.self))
}
