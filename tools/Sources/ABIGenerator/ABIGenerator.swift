import ArgumentParser
import Foundation

/// The command that `make abi` runs, and that the tests run with `--check`.
@main
struct ABIGenerator: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes the C header, the linker's version script, the symbol list and the Python table.",
        discussion: """
            All four follow from the @_cdecl declarations and doc comments in Sources/Image2VideoC.
            Exit codes: 0 done, 1 --check found a difference, 2 the sources break a convention.
            """)

    @Option(help: "The root of the project.")
    var root = "."

    @Flag(help: "Write nothing; show what differs from the sources and exit with 1.")
    var check = false

    func run() throws {
        let root = URL(filePath: root, directoryHint: .isDirectory)
        let outputs: [Output]
        do {
            outputs = try Generator.outputs(for: SourceTree(root: root))
        } catch let refusal as Refusal {
            FileHandle.standardError.write(Data("\(refusal)\n".utf8))
            throw ExitCode(2)
        }
        var differs = false
        for output in outputs {
            let target = root.appending(path: output.path)
            let present = try? String(contentsOf: target, encoding: .utf8)
            guard present != output.text else { continue }
            if check {
                differs = true
                print(UnifiedDiff.between(present ?? "", and: output.text, path: output.path), terminator: "")
            } else {
                try FileManager.default.createDirectory(
                    at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(output.text.utf8).write(to: target, options: .atomic)
                print("wrote \(output.path)")
            }
        }
        if differs {
            FileHandle.standardError.write(Data("Generated files are out of date: run `make abi`.\n".utf8))
            throw ExitCode(1)
        }
    }
}
