import CommandLineTool

/// The words of one command, each given to its parameter.
struct CommandWords: Equatable {
    let spec: CommandSpec
    /// By the parameters' names.
    let values: [String: String]

    /// From separate words, as a shell passes them: the required parameters, then the optional ones in their order, or
    /// as `name=value`. The rest belongs to the text, if the command ends in one.
    init(_ spec: CommandSpec, words: [String]) throws(UsageError) {
        var values: [String: String] = [:]
        var open = spec.typed[...]
        var further = spec.optional[...]
        var rest = words[...]
        while let word = rest.first {
            if let (name, value) = CommandWords.named(word, in: spec), values[name] == nil, rest.count > open.count {
                values[name] = value
                further = further.filter { $0.name != name }[...]
            } else if let next = open.first {
                open = open.dropFirst()
                guard next.kind != .text else {
                    values[next.name] = rest.joined(separator: " ")
                    rest = []
                    break
                }
                values[next.name] = word
            } else if !spec.endsInText, let next = further.popFirst() {
                values[next.name] = word
            } else {
                throw UsageError("too many words for \(spec.method): it is typed \(CommandWords.usage(of: spec))")
            }
            rest = rest.dropFirst()
        }
        if let missing = open.first {
            throw UsageError(
                "\(spec.method) lacks \(missing.label): it is typed \(CommandWords.usage(of: spec))")
        }
        self.spec = spec
        self.values = values
    }

    /// From a line as it was typed: `chat bob hello there`, or the older `chat:bob:hello: there`, whose further colons
    /// belong to the last parameter. Nil if the line begins with no command of the table.
    init?(line: String) throws(UsageError) {
        let line = CommandWords.trimmed(line)
        let method = String(line.prefix { !$0.isWhitespace && $0 != ":" })
        guard let spec = CommandTable.find(method) else { return nil }
        let rest = line.dropFirst(method.count)
        if rest.first == ":" {
            let count = max(1, spec.typed.count)
            let parts = rest.dropFirst().split(
                separator: ":", maxSplits: count - 1, omittingEmptySubsequences: false
            ).map { CommandWords.trimmed(String($0)) }
            try self.init(spec, words: spec.typed.isEmpty && parts == [""] ? [] : parts)
        } else {
            try self.init(spec, words: CommandWords.words(of: rest, in: spec))
        }
    }

    /// How the command is typed.
    static func usage(of spec: CommandSpec) -> String {
        let required = spec.typed.map(\.label)
        let optional = spec.optional.map { spec.endsInText ? "[\($0.name)=…]" : "[\($0.label)]" }
        let words = spec.endsInText ? optional + required : required + optional
        return ([spec.method] + words).joined(separator: " ")
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return String(text.drop { $0.isWhitespace })
    }

    /// Words at white space or within quotation marks; a text is taken as it stands.
    private static func words(of line: Substring, in spec: CommandSpec) -> [String] {
        var words: [String] = []
        var rest = line.drop { $0.isWhitespace }
        while !rest.isEmpty {
            let positional = words.filter { named($0, in: spec) == nil }.count
            if spec.endsInText, positional >= spec.typed.count - 1, named(firstWord(rest), in: spec) == nil {
                return words + [String(rest)]
            }
            if rest.first == "\"", let end = rest.dropFirst().firstIndex(of: "\"") {
                words.append(String(rest[rest.index(after: rest.startIndex)..<end]))
                rest = rest[rest.index(after: end)...].drop { $0.isWhitespace }
            } else {
                let word = firstWord(rest)
                words.append(word)
                rest = rest.dropFirst(word.count).drop { $0.isWhitespace }
            }
        }
        return words
    }

    private static func firstWord(_ text: Substring) -> String {
        String(text.prefix { !$0.isWhitespace })
    }

    private static func named(_ word: String, in spec: CommandSpec) -> (String, String)? {
        guard let equals = word.firstIndex(of: "=") else { return nil }
        let name = word[..<equals]
        guard let parameter = spec.optional.first(where: { $0.name == name }) else { return nil }
        let value = String(word[word.index(after: equals)...])
        if parameter.kind == .integer, Int64(value) == nil { return nil }
        return (parameter.name, value)
    }
}
