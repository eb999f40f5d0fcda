import Foundation

/// Turns Markdown written about Swift into plain text written about C.
struct Prose {
    /// How parameters are called in Swift and in C.
    var names: [(swift: String, c: String)] = []
    /// Whether Doxygen will read the text, and take some characters for its own.
    var isDoxygen = true

    init(_ parameters: [Parameter] = [], isDoxygen: Bool = true) {
        names = parameters.map { ($0.swiftName, $0.name) }.filter { $0.0 != $0.1 }
        self.isDoxygen = isDoxygen
    }

    /// The text without Markdown, safe inside a C comment.
    func plain(_ markdown: String) -> String {
        var result = ""
        // Every second piece stands between backticks.
        for (index, piece) in markdown.split(separator: "`", omittingEmptySubsequences: false).enumerated() {
            let text = String(piece)
            result += index.isMultiple(of: 2) ? withoutMarks(text) : code(text)
        }
        for (swift, c) in names {
            result = result.replacing(try! Regex("\\b\(swift)\\b"), with: c)
        }
        return CComment.safe(isDoxygen ? escaped(result) : result)
    }

    /// A piece of code keeps its words on one line.
    private func code(_ text: String) -> String {
        if text == "nil" { return "NULL" }
        return text.count <= 40 ? text.replacing(" ", with: CComment.unbreakable) : text
    }

    private func withoutMarks(_ text: String) -> String {
        text.replacing(#/\*\*([^*]+)\*\*/#) { $0.1 }
            .replacing(#/\[([^\]]+)\]\((https?:[^)]+)\)/#) { "\($0.1) (\($0.2))" }
            .replacing(#/<(https?:[^>]+)>/#) { $0.1 }
    }

    /// Characters that start a command, a tag or a link in Doxygen.
    private func escaped(_ text: String) -> String {
        text.split(separator: " ", omittingEmptySubsequences: false).map { word in
            // An address is recognised as a whole.
            if word.contains("://") { return String(word) }
            return String(word)
                .replacing("\\", with: "\\\\")
                .replacing("@", with: "\\@")
                .replacing(#/([<#%])(?=[A-Za-z0-9\/])/#) { "\\\($0.1)" }
        }.joined(separator: " ")
    }
}
