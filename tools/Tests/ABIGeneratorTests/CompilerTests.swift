import Foundation
import Testing

@testable import ABIGenerator

/// The header in the hands of the compilers that users have; a compiler that is not installed is left out.
@Suite("Compilers")
struct CompilerTests {
    @Test(arguments: ["gcc", "clang"], ["c99", "c11", "c17"])
    func acceptTheHeaderInC(_ compiler: String, _ standard: String) throws {
        try compile(compiler, standard, suffix: "c")
    }

    @Test(arguments: ["g++", "clang++"], ["c++11", "c++17", "c++20"])
    func acceptTheHeaderInCPlusPlus(_ compiler: String, _ standard: String) throws {
        try compile(compiler, standard, suffix: "cpp")
    }

    private func compile(_ compiler: String, _ standard: String, suffix: String) throws {
        let folder = try Folder()
        defer { folder.remove() }
        _ = try folder.write(try Fixture.header(), to: "image2video.h")
        // Alone, since a header must not lean on others; then twice, for its guard.
        for (count, name) in [(1, "alone"), (2, "twice")] {
            let text = String(repeating: "#include \"image2video.h\"\n", count: count) + "int used;\n"
            let source = try folder.write(text, to: "\(name).\(suffix)")
            let result = try run(
                compiler, "-std=\(standard)", "-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only",
                source.path)
            if let result { #expect(result.code == 0, "\(compiler) -std=\(standard): \(result.output)") }
        }
    }

    @Test func theLinkerAcceptsTheVersionScript() throws {
        let folder = try Folder()
        defer { folder.remove() }
        let outputs = try Fixture.outputs()
        let script = try folder.write(try #require(outputs[VersionScriptEmitter.path]), to: "image2video.map")
        let symbols = try #require(outputs[SymbolListEmitter.path]).split(separator: "\n").dropFirst()
        let source = symbols.map { "void \($0.prefix { $0 != " " })(void) {}" }.joined(separator: "\n")
        let file = try folder.write(source, to: "all.c")
        #if os(Linux)
            let library = folder.url.appending(path: "all.so").path
            let result = try run(
                "gcc", "-shared", "-fPIC", file.path, "-o", library, "-Wl,--version-script=\(script.path)")
            if let result { #expect(result.code == 0, "\(result.output)") }
        #endif
    }
}
