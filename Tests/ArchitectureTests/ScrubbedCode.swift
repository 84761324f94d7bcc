/// Swift source whose comments and string literals are blanked out, so that what is left can be searched for words.
/// Lines keep their numbers. Code inside a string's interpolation is blanked out with it.
struct ScrubbedCode: Sendable {
    let lines: [String]

    init(_ text: String) {
        var scanner = Scanner(text)
        scanner.scanAll()
        lines = scanner.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private struct Scanner {
        private let input: [Character]
        private var index = 0
        var output = ""

        init(_ text: String) { input = Array(text) }

        mutating func scanAll() {
            while index < input.count {
                if starts(with: "//") {
                    blank(until: "\n")
                } else if starts(with: "/*") {
                    blankComment()
                } else if let opening = stringOpening() {
                    blankString(opening)
                } else {
                    output.append(input[index])
                    index += 1
                }
            }
        }

        private func starts(with word: String) -> Bool {
            word.count <= input.count - index && zip(word, input[index...]).allSatisfy { $0 == $1 }
        }

        private mutating func blank(_ count: Int = 1) {
            for _ in 0..<count where index < input.count {
                output.append(input[index] == "\n" ? "\n" : " ")
                index += 1
            }
        }

        private mutating func blank(until end: Character) {
            while index < input.count, input[index] != end { blank() }
        }

        private mutating func blankComment() {
            var depth = 0
            repeat {
                if starts(with: "/*") {
                    depth += 1
                    blank(2)
                } else if starts(with: "*/") {
                    depth -= 1
                    blank(2)
                } else {
                    blank()
                }
            } while depth > 0 && index < input.count
        }

        /// How a string begins: its number signs, and one or three quotes.
        private struct Opening {
            var signs: Int
            var quotes: Int
        }

        private func stringOpening() -> Opening? {
            var signs = 0
            while index + signs < input.count, input[index + signs] == "#" { signs += 1 }
            let start = index + signs
            guard start < input.count, input[start] == "\"" else { return nil }
            let triple = start + 2 < input.count && input[start + 1] == "\"" && input[start + 2] == "\""
            return Opening(signs: signs, quotes: triple ? 3 : 1)
        }

        private mutating func blankString(_ opening: Opening) {
            let signs = String(repeating: "#", count: opening.signs)
            let close = String(repeating: "\"", count: opening.quotes) + signs
            blank(opening.signs + opening.quotes)
            while index < input.count, !starts(with: close) {
                if starts(with: "\\" + signs + "(") {
                    blank(opening.signs + 2)
                    blankInterpolation()
                } else if starts(with: "\\" + signs) {
                    blank(opening.signs + 2)
                } else if opening.quotes == 1, input[index] == "\n" {
                    return
                } else {
                    blank()
                }
            }
            blank(close.count)
        }

        private mutating func blankInterpolation() {
            var depth = 1
            while index < input.count, depth > 0 {
                if let opening = stringOpening() {
                    blankString(opening)
                    continue
                }
                if input[index] == "(" { depth += 1 }
                if input[index] == ")" { depth -= 1 }
                blank()
            }
        }
    }
}

extension ScrubbedCode {
    /// A word or a single sign of the code, with the number of its line (from 1).
    struct Token: Equatable {
        var text: String
        var line: Int
        var beginsLine: Bool
    }

    /// The code as words and signs, without white space.
    func tokens() -> [Token] {
        lines.enumerated().flatMap { Self.tokens(of: $1, line: $0 + 1) }
    }

    private static func tokens(of line: String, line number: Int) -> [Token] {
        var result: [Token] = []
        var word = ""
        func finish() {
            guard !word.isEmpty else { return }
            result.append(Token(text: word, line: number, beginsLine: result.isEmpty))
            word = ""
        }
        for character in line {
            if character.isLetter || character.isNumber || character == "_" || character == "`" {
                word.append(character)
                continue
            }
            finish()
            if !character.isWhitespace {
                result.append(Token(text: String(character), line: number, beginsLine: result.isEmpty))
            }
        }
        finish()
        return result
    }
}
