/// A doc comment taken apart into what the header says in a fixed order.
struct Documentation {
    /// What a doc comment may say in labelled items, in the order in which it says them.
    enum Field: String, CaseIterable {
        case parameters = "Parameters"
        case returns = "Returns"
        case ownership = "Ownership"
        case threads = "Threads"
        case callbacks = "Callbacks"
        case since = "Since"
        /// Of an enumeration: the Swift enum and the prefix of its constants.
        case values = "Values"
        /// Of an enumeration's case: its name in C.
        case name = "C"
    }

    var summary: String
    var body: [Markdown.Block] = []
    var parameters: [(name: String, text: [Markdown.Block])] = []
    var fields: [Field: [Markdown.Block]] = [:]

    /// A field that is a single piece of text, such as a version.
    func line(_ field: Field) -> String? {
        guard let blocks = fields[field], blocks.count == 1, case .paragraph(let text) = blocks[0].content
        else {
            return nil
        }
        return text
    }
}
