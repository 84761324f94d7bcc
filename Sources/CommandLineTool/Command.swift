/// A positional argument.
public struct Argument: Sendable, Equatable {
    /// How many of it there may be.
    public enum Count: Sendable {
        /// Exactly one.
        case one
        /// One or none; nothing but optional ones may follow.
        case optional
        /// Any number, none included; must be the last.
        case any
        /// One at least; must be the last.
        case some
    }

    /// As the help shows it, in capitals.
    public let name: String
    /// How many of it there may be.
    public let count: Count
    /// What it is mostly one of, for completion; anything else is taken, too.
    public let words: [String]

    /// An argument, by default exactly one.
    public init(_ name: String, _ count: Count = .one, words: [String] = []) {
        self.name = name
        self.count = count
        self.words = words
    }

    var usage: String {
        switch count {
        case .one: name
        case .optional: "[\(name)]"
        case .any: "[\(name) …]"
        case .some: "\(name) …"
        }
    }
}

/// A subcommand, or the whole of a program that has none.
public struct Command: Sendable {
    /// The word on the command line; empty for a program without subcommands.
    public let name: String
    /// One line of help.
    public let summary: String
    /// The positional arguments, in their order.
    public let arguments: [Argument]
    /// Its own options, besides those of the program.
    public let options: [Option]
    /// The settings that `--set` and `--config` may name; both options exist only if there are settings.
    public let settings: [Setting]

    /// A subcommand.
    public init(
        _ name: String, _ summary: String, arguments: [Argument] = [], options: [Option] = [], settings: [Setting] = []
    ) {
        self.name = name
        self.summary = summary
        self.arguments = arguments
        self.options = options + (settings.isEmpty ? [] : Setting.options)
        self.settings = settings
    }

    /// Throws if there are too few or too many arguments. Their texts are not repeated: they may be private.
    func check(count: Int) throws(UsageError) {
        let needed = arguments.filter { $0.count == .one || $0.count == .some }.count
        let isOpen = arguments.contains { $0.count == .any || $0.count == .some }
        let subject = name.isEmpty ? "the command line" : name
        if count < needed {
            throw UsageError("\(subject) lacks \(arguments[min(count, arguments.count - 1)].name)")
        }
        if !isOpen, count > arguments.count {
            let most = arguments.isEmpty ? "no arguments" : arguments.map(\.usage).joined(separator: " ") + " only"
            throw UsageError("\(subject) takes \(most)")
        }
    }
}
