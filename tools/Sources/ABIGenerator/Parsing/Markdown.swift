import Foundation

/// The little Markdown that documentation here uses, as blocks that keep the author's spacing.
enum Markdown {
    struct Block: Equatable {
        enum Content: Equatable {
            case paragraph(String)
            case heading(level: Int, String)
            case item(marker: String, String)
            case code(language: String, [String])
        }

        var content: Content
        /// Columns of indentation, which is how a block belongs to the list item above it.
        var indent = 0
        /// Whether an empty line stood before it.
        var isSeparated = true
    }

    static func parse(_ lines: [String]) -> [Block] {
        var blocks: [Block] = []
        var isSeparated = true
        var isOpen = false  // Whether the next plain line continues the last block.
        var index = 0
        func append(_ content: Block.Content, indent: Int = 0) {
            blocks.append(Block(content: content, indent: indent, isSeparated: isSeparated))
            isSeparated = false
        }
        while index < lines.count {
            let line = lines[index]
            let text = line.trimmingCharacters(in: .whitespaces)
            let indent = line.prefix { $0 == " " }.count
            index += 1
            if text.isEmpty {
                (isSeparated, isOpen) = (true, false)
            } else if text.hasPrefix("```") {
                var code: [String] = []
                while index < lines.count, !lines[index].trimmingCharacters(in: .whitespaces).hasPrefix("```")
                {
                    let margin = min(indent, lines[index].prefix { $0 == " " }.count)
                    code.append(String(lines[index].dropFirst(margin)))
                    index += 1
                }
                index += 1
                append(.code(language: String(text.dropFirst(3)), code), indent: indent)
                isOpen = false
            } else if let heading = text.wholeMatch(of: #/(#{1,4}) +(.+?)/#) {
                append(.heading(level: heading.1.count, String(heading.2)))
                isOpen = false
            } else if let item = text.wholeMatch(of: #/([-*]|[0-9]+\.) +(.+)/#) {
                append(.item(marker: item.1 == "*" ? "-" : String(item.1), String(item.2)), indent: indent)
                isOpen = true
            } else if isOpen {
                blocks[blocks.count - 1].extend(with: text)
            } else {
                append(.paragraph(text), indent: indent)
                isOpen = true
            }
        }
        if !blocks.isEmpty { blocks[0].isSeparated = false }
        return blocks
    }
}

extension Markdown.Block {
    fileprivate mutating func extend(with text: String) {
        switch content {
        case .paragraph(let start): content = .paragraph(start + " " + text)
        case .item(let marker, let start): content = .item(marker: marker, start + " " + text)
        case .heading, .code: break
        }
    }
}
