/// The way from sources to outputs.
enum Generator {
    /// Every generated file, always in the same order and with the same text for the same sources.
    static func outputs(for tree: SourceTree) throws -> [Output] {
        let interface = try InterfaceReader.read(tree)
        return [
            HeaderEmitter().emit(interface),
            VersionScriptEmitter().emit(interface),
            SymbolListEmitter().emit(interface),
            PythonEmitter().emit(interface),
        ]
    }
}
