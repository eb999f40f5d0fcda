/// Writes `packaging/symbols.txt`: every exported function with the version that introduced it.
struct SymbolListEmitter {
    static let path = "packaging/symbols.txt"

    func emit(_ interface: Interface) -> Output {
        let symbols = interface.functions.map { "\($0.name) \($0.since)" }.sorted()
        return Output(path: Self.path, text: (["# \(Notice.text)"] + symbols).joined(separator: "\n") + "\n")
    }
}
