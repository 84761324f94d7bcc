/// Finds the bodies of functions by counting brackets.
struct FunctionFinder {
    /// A function with a body.
    struct Function: Equatable {
        var name: String
        var line: Int
        /// From the line of its keyword to that of its closing brace.
        var lines: Int
    }

    private let tokens: [ScrubbedCode.Token]

    init(_ tokens: [ScrubbedCode.Token]) { self.tokens = tokens }

    func functions() -> [Function] {
        tokens.indices.compactMap { index in
            guard let name = name(at: index), let open = bodyStart(after: index), let close = end(ofBodyAt: open) else {
                return nil
            }
            return Function(
                name: name, line: tokens[index].line, lines: tokens[close].line - tokens[index].line + 1)
        }
    }

    private func name(at index: Int) -> String? {
        guard index == 0 || tokens[index - 1].text != "." else { return nil }
        switch tokens[index].text {
        case "func": return index + 1 < tokens.count ? tokens[index + 1].text : nil
        case "init", "deinit", "subscript": return tokens[index].text
        default: return nil
        }
    }

    /// A requirement of a protocol has no body: the next declaration, or the protocol's end, comes first.
    private func bodyStart(after index: Int) -> Int? {
        let declarations: Set<String> = [
            "func", "init", "deinit", "subscript", "var", "let", "case", "static", "mutating", "associatedtype",
            "public",
            "private", "internal", "fileprivate", "typealias", "struct", "enum", "class", "actor", "extension", "@",
        ]
        var depth = 0
        for next in tokens.indices[(index + 1)...] {
            switch tokens[next].text {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "{" where depth == 0: return next
            case "}" where depth == 0: return nil
            case let word where depth == 0 && tokens[next].beginsLine && declarations.contains(word): return nil
            default: break
            }
        }
        return nil
    }

    private func end(ofBodyAt open: Int) -> Int? {
        var depth = 0
        for next in tokens.indices[open...] {
            if tokens[next].text == "{" { depth += 1 }
            if tokens[next].text == "}" { depth -= 1 }
            if depth == 0 { return next }
        }
        return nil
    }
}
