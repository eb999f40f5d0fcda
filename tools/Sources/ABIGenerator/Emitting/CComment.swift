/// Lays text out as C comments, at most a hundred columns wide.
enum CComment {
    static let width = 100
    /// Stands for a space at which no line may break, until the text is laid out.
    static let unbreakable = "\u{A0}"

    /// Text that cannot end the comment it stands in, nor seem to start another.
    static func safe(_ text: String) -> String {
        text.replacing("*/", with: "* /").replacing("/*", with: "/ *")
    }

    /// A Doxygen comment: on one line when it fits, a block otherwise.
    static func documentation(_ lines: [String], indent: String = "") -> [String] {
        if lines.count == 1, let line = lines.first, indent.count + line.count + 7 <= width {
            return ["\(indent)/** \(line) */"]
        }
        return block(lines, opening: "/**", indent: indent)
    }

    static func block(_ lines: [String], opening: String, indent: String = "") -> [String] {
        ["\(indent)\(opening)"] + lines.map { $0.isEmpty ? "\(indent) *" : "\(indent) * \($0)" } + [
            "\(indent) */"
        ]
    }

    /// Blocks of prose as lines, `column` spaces in from the second line on: the first follows a label.
    static func layOut(
        _ blocks: [Markdown.Block], _ prose: Prose, width: Int = CComment.width - 3, label: String = "",
        column: Int = 0
    ) -> [String] {
        var lines: [String] = []
        for (index, block) in blocks.enumerated() {
            if index > 0, block.isSeparated { lines.append("") }
            let margin = String(repeating: " ", count: column + block.indent)
            let start = index == 0 ? label : margin
            switch block.content {
            case .paragraph(let text):
                lines += wrap(prose.plain(text), width: width, first: start, rest: margin)
            case .heading(let level, let text):
                let title = prose.plain(text).replacing(unbreakable, with: " ")
                lines += [
                    start + title, margin + String(repeating: level == 1 ? "=" : "-", count: title.count),
                ]
            case .item(let marker, let text):
                let hanging = margin + String(repeating: " ", count: marker.count + 1)
                lines += wrap(prose.plain(text), width: width, first: "\(start)\(marker) ", rest: hanging)
            case .code(let language, let code):
                lines += example(code, language: language, margin: margin, isDoxygen: prose.isDoxygen)
            }
        }
        return lines
    }

    private static func example(
        _ lines: [String], language: String, margin: String, isDoxygen: Bool
    ) -> [String] {
        let body = lines.map { line in
            // A comment inside a comment has to be the kind that ends with its line.
            let text = line.replacing(#/\/\* ?(.*?) ?\*\/$/#) { "// \($0.1)" }
            return text.isEmpty ? "" : margin + safe(text)
        }
        guard isDoxygen else { return body.map { $0.isEmpty ? "" : "    " + $0 } }
        let opening = language.isEmpty ? "@code" : "@code{.\(language)}"
        return [margin + opening] + body + [margin + "@endcode"]
    }

    /// Breaks text between words, but starts no line with what Markdown takes for a list or a heading.
    static func wrap(_ text: String, width: Int, first: String = "", rest: String = "") -> [String] {
        var words: [String] = []
        for word in text.split(separator: " ") {
            let startsBlock = word.wholeMatch(of: #/[-+*#>=|]+|[0-9]+[.)]/#) != nil
            if startsBlock, !words.isEmpty {
                words[words.count - 1] += unbreakable + word
            } else {
                words.append(String(word))
            }
        }
        var lines: [String] = []
        var line = first
        var isEmpty = true
        for word in words {
            if !isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                (line, isEmpty) = (rest, true)
            }
            line += isEmpty ? word : " " + word
            isEmpty = false
        }
        return (lines + [line]).map { $0.replacing(unbreakable, with: " ") }
    }
}
