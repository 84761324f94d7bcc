/// What a line that was typed means.
enum TypedLine: Equatable {
    case nothing
    case command(String)
    /// Something to say to whom one talks with.
    case message(String)

    /// While one talks with somebody, a command begins with `/`, and `//` is a message that begins with one; otherwise
    /// the `/` may stand or not.
    init(_ line: String, isTalking: Bool) {
        let rest = line.drop { $0.isWhitespace }
        if rest.isEmpty {
            self = .nothing
        } else if isTalking, rest.hasPrefix("//") {
            self = .message(String(rest.dropFirst()))
        } else if rest.first == "/" {
            self = .command(String(rest.dropFirst()))
        } else {
            self = isTalking ? .message(line) : .command(String(rest))
        }
    }

    /// The marks that stand for a line feed and a tab on the line being typed, which has one row of text.
    private static let marks: [(mark: Character, character: Character)] = [("␤", "\n"), ("␉", "\t")]

    /// The line with its marks for what they stand for.
    static func text(of line: String) -> String {
        String(line.map { character in marks.first { $0.mark == character }?.character ?? character })
    }

    /// A text as it is shown on the line, and remembered.
    static func line(of text: String) -> String {
        String(text.map { character in marks.first { $0.character == character }?.mark ?? character })
    }
}
