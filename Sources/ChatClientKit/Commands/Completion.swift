import CommandLineTool

/// Completes the word before the cursor: commands first, then what their parameters may be.
struct Completion: Equatable {
    /// How many Unicode scalars before the cursor are replaced, by what.
    let replaced: Int
    let text: String
    /// What it could be, if it is not decided yet.
    let choices: [String]

    /// Nil if nothing fits.
    init?(_ line: String, directory: Directory) {
        var start = line.drop { $0 == " " }
        if start.first == "/" { start = start.dropFirst() }
        guard let separator = start.first(where: { $0 == " " || $0 == ":" }) else {
            self.init(word: String(start), among: Completion.commands, separator: " ")
            return
        }
        let method = String(start.prefix { $0 != separator })
        guard let spec = CommandTable.find(method) else {
            let word = String(start.dropFirst(method.count + 1))
            switch method {
            case "help": self.init(word: word, among: Completion.commands, separator: " ")
            case "talk": self.init(word: word, among: Completion.conversations(directory), separator: " ")
            default: return nil
            }
            return
        }
        let parts = start.dropFirst(method.count + 1).split(separator: separator, omittingEmptySubsequences: false)
        let typed = spec.typed
        guard !parts.isEmpty, parts.count <= typed.count else { return nil }
        let names =
            switch typed[parts.count - 1].kind {
            case .user: directory.friendNames + directory.userNames
            case .group: directory.groupNames
            case .conversation: Completion.conversations(directory)
            default: [String]()
            }
        let isLast = parts.count == typed.count
        self.init(
            word: String(parts.last ?? ""), among: names, separator: isLast && separator == ":" ? "" : "\(separator)")
    }

    private static func conversations(_ directory: Directory) -> [String] {
        directory.groupNames + directory.friendNames + directory.userNames
    }

    /// The commands, and what the client does itself.
    static let commands =
        (CommandTable.commands.map(\.method) + Interactive.ownCommands.map(\.name)).sorted()

    private init?(word: String, among names: [String], separator: String) {
        let isQuoted = word.hasPrefix("\"")
        let sought = String(word.drop { $0 == "\"" }).lowercased()
        var seen: Set<String> = []
        let fitting = names.filter { $0.lowercased().hasPrefix(sought) && seen.insert($0).inserted }
        guard let first = fitting.first else { return nil }
        replaced = word.unicodeScalars.count
        if fitting.count == 1 {
            let needsQuotes = separator == " " && (isQuoted || first.contains(" "))
            text = (needsQuotes ? "\"\(first)\"" : first) + separator
            choices = []
        } else {
            let common = fitting.dropFirst().reduce(first) { Completion.commonPrefix($0, $1) }
            text = (isQuoted ? "\"" : "") + (common.count >= sought.count ? common : String(word.drop { $0 == "\"" }))
            choices = fitting
        }
    }

    private static func commonPrefix(_ left: String, _ right: String) -> String {
        String(zip(left, right).prefix { $0.0.lowercased() == $0.1.lowercased() }.map(\.0))
    }
}
