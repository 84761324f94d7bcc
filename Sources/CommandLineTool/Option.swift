/// What an option takes.
public enum OptionValue: Sendable, Equatable {
    /// Nothing: it is there or not. In the environment, `0`, `false`, `no` and nothing mean "not".
    case flag
    /// Any text.
    case text
    /// A whole number within the range.
    case integer(ClosedRange<Int>)
    /// A number within the range.
    case number(ClosedRange<Double>)
    /// One of these words.
    case choice([String])
    /// `HOST:PORT`, see ``HostPort``.
    case address
}

/// One option of a command line.
public struct Option: Sendable, Equatable {
    /// Without the two hyphens.
    public let name: String
    /// What it takes.
    public let value: OptionValue
    /// What stands for the value in the help, in capitals; empty for a flag.
    public let placeholder: String
    /// The value if neither the command line nor the environment has one.
    public let defaultValue: String?
    /// The variable that is read when the option is not given.
    public let environment: String?
    /// Whether each occurrence adds a value; otherwise a second one is a usage error.
    public let isRepeatable: Bool
    /// One line of help.
    public let help: String

    /// An option. Its name must not invite a password: those come from the environment, a file or the terminal.
    public init(
        _ name: String, _ value: OptionValue, placeholder: String = "", default defaultValue: String? = nil,
        environment: String? = nil, isRepeatable: Bool = false, help: String
    ) {
        precondition(!Option.isSecret(name), "a password is never an option's value")
        self.name = name
        self.value = value
        self.placeholder = value == .flag ? "" : placeholder.isEmpty ? name.uppercased() : placeholder
        self.defaultValue = defaultValue
        self.environment = environment
        self.isRepeatable = isRepeatable
        self.help = help
    }

    /// An option without value.
    public static func flag(_ name: String, environment: String? = nil, help: String) -> Option {
        Option(name, .flag, environment: environment, help: help)
    }

    /// An option that takes any text.
    public static func text(
        _ name: String, _ placeholder: String, default defaultValue: String? = nil, environment: String? = nil,
        isRepeatable: Bool = false, help: String
    ) -> Option {
        Option(
            name, .text, placeholder: placeholder, default: defaultValue, environment: environment,
            isRepeatable: isRepeatable, help: help)
    }

    /// An option that takes a whole number.
    public static func integer(
        _ name: String, _ placeholder: String, in range: ClosedRange<Int> = 0...Int.max,
        default defaultValue: Int? = nil,
        environment: String? = nil, help: String
    ) -> Option {
        Option(
            name, .integer(range), placeholder: placeholder, default: defaultValue.map(String.init),
            environment: environment, help: help)
    }

    /// An option that takes a number.
    public static func number(
        _ name: String, _ placeholder: String, in range: ClosedRange<Double> = 0...1e15,
        default defaultValue: Double? = nil, environment: String? = nil, help: String
    ) -> Option {
        Option(
            name, .number(range), placeholder: placeholder, default: defaultValue.map(Option.figure),
            environment: environment, help: help)
    }

    /// An option that takes one of some words.
    public static func choice(
        _ name: String, _ words: [String], default defaultValue: String? = nil, environment: String? = nil,
        isRepeatable: Bool = false, help: String
    ) -> Option {
        Option(
            name, .choice(words), placeholder: words.joined(separator: "|"), default: defaultValue,
            environment: environment, isRepeatable: isRepeatable, help: help)
    }

    /// An option that takes `HOST:PORT`.
    public static func address(
        _ name: String, default defaultValue: String? = nil, environment: String? = nil, help: String
    ) -> Option {
        Option(
            name, .address, placeholder: "HOST:PORT", default: defaultValue, environment: environment, help: help)
    }

    /// The `--json` that every command has that prints a table.
    public static let json = Option.flag("json", help: "print JSON instead of a table")

    static func isSecret(_ name: String) -> Bool {
        ["password", "passwd", "secret"].contains { name == $0 || name.hasSuffix("-" + $0) }
    }

    /// Throws if `text`, which came from `source` (the option or the variable, as the user wrote it), does not fit.
    func check(_ text: String, from source: String) throws(UsageError) {
        switch value {
        case .flag, .text:
            return
        case .integer(let range):
            guard let number = Int(text), range.contains(number) else {
                throw UsageError("\(source) takes a whole number\(Option.bounds(range))")
            }
        case .number(let range):
            guard let number = Double(text), range.contains(number) else {
                throw UsageError(
                    "\(source) takes a number from \(Option.figure(range.lowerBound)) to \(Option.figure(range.upperBound))"
                )
            }
        case .choice(let words):
            guard words.contains(text) else {
                throw UsageError("\(source) takes one of \(words.joined(separator: ", "))")
            }
        case .address:
            guard HostPort(text) != nil else {
                throw UsageError("\(source) takes HOST:PORT (an IPv6 address in brackets)")
            }
        }
    }

    /// Without a fraction that says nothing.
    static func figure(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? "\(number)"
    }

    static func bounds(_ range: ClosedRange<Int>) -> String {
        range.upperBound == Int.max ? " from \(range.lowerBound)" : " from \(range.lowerBound) to \(range.upperBound)"
    }
}
