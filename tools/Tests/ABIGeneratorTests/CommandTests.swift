import ArgumentParser
import Foundation
import Testing

@testable import ABIGenerator

/// The command as `make abi` and the checks run it.
@Suite("The command")
struct CommandTests {
    private func run(_ folder: Folder, _ arguments: String...) throws {
        try ABIGenerator.parse(["--root", folder.url.path] + arguments).run()
    }

    private func fixture() throws -> Folder {
        let folder = try Folder()
        try FileManager.default.copyItem(
            at: Fixture.root.appending(path: "Sources"), to: folder.url.appending(path: "Sources"))
        return folder
    }

    @Test func writesWhatCheckThenAccepts() throws {
        let folder = try fixture()
        defer { folder.remove() }
        #expect(throws: ExitCode(1)) { try run(folder, "--check") }
        let header = folder.url.appending(path: HeaderEmitter.path)
        #expect(!FileManager.default.fileExists(atPath: header.path))
        try run(folder)
        #expect(try String(contentsOf: header, encoding: .utf8) == Fixture.header())
        try run(folder, "--check")
    }

    @Test func checkFailsOnAnyDifferenceAndRepairsNothing() throws {
        let folder = try fixture()
        defer { folder.remove() }
        try run(folder)
        for path in try Fixture.outputs().keys {
            _ = try folder.write("edited by hand\n", to: path)
            #expect(throws: ExitCode(1)) { try run(folder, "--check") }
            let text = try String(contentsOf: folder.url.appending(path: path), encoding: .utf8)
            #expect(text == "edited by hand\n")
            try run(folder)
        }
    }

    @Test func refusedSourcesWriteNothing() throws {
        let folder = try fixture()
        defer { folder.remove() }
        _ = try folder.write(
            "public typealias i2v_odd = OpaquePointer\n", to: "Sources/Image2VideoC/Odd.swift")
        #expect(throws: ExitCode(2)) { try run(folder) }
        let header = folder.url.appending(path: HeaderEmitter.path)
        #expect(!FileManager.default.fileExists(atPath: header.path))
    }
}
