/// The checks themselves: from a file to what is wrong with it. Each is tested on small bad inputs.
enum Checkers {
    /// The modules that a file imports, with their lines.
    static func imports(of file: SourceFile) -> [(module: String, line: Int)] {
        let tokens = file.code.tokens()
        return tokens.indices.dropLast().compactMap { index in
            guard tokens[index].text == "import", index == 0 || isImportPrefix(before: index, in: tokens) else {
                return nil
            }
            let kinds: Set<String> = [
                "struct", "class", "enum", "protocol", "func", "var", "let", "typealias", "actor",
            ]
            let named = kinds.contains(tokens[index + 1].text) ? index + 2 : index + 1
            return named < tokens.count ? (tokens[named].text, tokens[index].line) : nil
        }
    }

    private static func isImportPrefix(before index: Int, in tokens: [ScrubbedCode.Token]) -> Bool {
        let prefixes: Set<String> = [
            "public", "package", "internal", "private", "fileprivate", "testable", "preconcurrency",
        ]
        return tokens[index].beginsLine || prefixes.contains(tokens[index - 1].text)
    }

    /// Imports that the table does not allow.
    static func forbiddenImports(in file: SourceFile, allowed: [String: Set<String>] = LayerRules.allowed) -> [String] {
        guard let mine = allowed[file.module] else { return ["\(file.path): module \(file.module) is in no layer"] }
        return imports(of: file).filter { !mine.contains($0.module) }.map { found in
            "\(file.path):\(found.line): \(file.module) may not import \(found.module)"
        }
    }

    /// Functions, initializers, deinitializers and subscripts that are too long.
    static func longFunctions(in file: SourceFile, maximum: Int = LayerRules.maximumFunctionLines) -> [String] {
        FunctionFinder(file.code.tokens()).functions().filter { $0.lines > maximum }.map { function in
            "\(file.path):\(function.line): \(function.name) has \(function.lines) lines, at most \(maximum)"
        }
    }

    /// Calls of `print`.
    static func prints(in file: SourceFile) -> [String] {
        let tokens = file.code.tokens()
        return tokens.indices.dropLast().filter { index in
            let before = index == 0 ? "" : tokens[index - 1].text
            return tokens[index].text == "print" && tokens[index + 1].text == "(" && before != "." && before != "func"
        }.map { "\(file.path):\(tokens[$0].line): print outside of programs" }
    }

    /// Whether a file marks anything as unsafe. An actor that names its executor does not count: the mark is then the
    /// language's own idiom, one line long and always the same.
    static func isUnsafe(_ file: SourceFile) -> Bool {
        let tokens = file.code.tokens()
        let naming = Set(tokens.filter { $0.text == "asUnownedSerialExecutor" }.map(\.line))
        return tokens.contains { $0.text == "unsafe" && !naming.contains($0.line) }
    }

    /// Folders whose last name says nothing.
    static func emptyNames(in folders: [String]) -> [String] {
        folders.filter { folder in
            LayerRules.emptyNames.contains((folder.split(separator: "/").last ?? "").lowercased())
        }
    }

    /// The files that a page names between backquotes: what holds a slash and ends like a file of this repository.
    static func filesNamed(in page: String) -> [String] {
        quoted(in: page).filter { name in
            name.contains("/") && !name.contains(where: { $0 == " " || $0 == "*" || $0 == "…" })
                && [".swift", ".sql", ".md"].contains { name.hasSuffix($0) }
        }
    }

    /// The event names in the first column of a page's tables.
    static func eventsNamed(in page: String) -> [String] {
        page.split(separator: "\n").filter { $0.hasPrefix("| `") }.compactMap { row in
            quoted(in: String(row)).first
        }.filter { $0.first?.isUppercase == true && $0.allSatisfy(\.isLetter) }
    }

    /// The raw values of an enumeration's cases in its source: `case name = "Value"`.
    static func rawValues(in source: String) -> [String] {
        source.split(separator: "\n").map { $0.drop { $0 == " " } }.compactMap { line in
            guard line.hasPrefix("case "), line.contains(" = \"") else { return nil }
            return line.split(separator: "\"").dropFirst().first.map(String.init)
        }
    }

    /// The Debian packages that a package description asks for: `package: "libpq-dev"`.
    static func debianPackages(in description: String) -> Set<String> {
        Set(
            description.split(separator: "\n").filter { $0.contains("pkgConfig:") }.compactMap { line in
                line.split(separator: "\"").map(String.init).last { $0.hasSuffix("-dev") }
            })
    }

    /// What stands between backquotes, line by line.
    static func quoted(in text: String) -> [String] {
        text.split(separator: "\n").flatMap { line in
            line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }.map { String($0.element) }
        }
    }
}
