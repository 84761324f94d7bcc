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
        let start = line.drop { $0 == " " }
        guard let separator = start.first(where: { $0 == " " || $0 == ":" }) else {
            self.init(word: String(start), among: Completion.commands, separator: " ")
            return
        }
        let method = String(start.prefix { $0 != separator })
        guard let spec = CommandTable.find(method) else {
            guard method == "help" else { return nil }
            self.init(word: String(start.dropFirst(5)), among: Completion.commands, separator: " ")
            return
        }
        let parts = start.dropFirst(method.count + 1).split(separator: separator, omittingEmptySubsequences: false)
        let typed = spec.typed
        guard !parts.isEmpty, parts.count <= typed.count else { return nil }
        let names =
            switch typed[parts.count - 1].kind {
            case .user: directory.friendNames + directory.userNames
            case .group: directory.groupNames
            case .conversation: directory.groupNames + directory.friendNames
            default: [String]()
            }
        let isLast = parts.count == typed.count
        self.init(
            word: String(parts.last ?? ""), among: names, separator: isLast && separator == ":" ? "" : "\(separator)")
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
