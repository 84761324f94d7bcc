/// What the user asked for: the command, its arguments, and the values of its options and settings.
public struct Invocation: Sendable {
    /// The name of the subcommand; nil if none was given.
    public let command: String?
    /// The positional arguments.
    public let arguments: [String]
    let options: [String: Option]
    let given: [String: [String]]
    let environment: [String: String]
    let settings: [String: String]

    /// The option's value: as given, else the environment's, else the default. Asking for an option that the command
    /// does not have is a programming error.
    public func text(_ name: String) -> String? {
        texts(name).last
    }

    /// All values of a repeatable option, in their order.
    public func texts(_ name: String) -> [String] {
        guard let option = options[name] else { preconditionFailure("no option --\(name)") }
        if let values = given[name] { return values }
        if let variable = option.environment, let value = environment[variable], !value.isEmpty { return [value] }
        return option.defaultValue.map { [$0] } ?? []
    }

    /// Whether the user (or the environment) said anything about this option.
    public func isGiven(_ name: String) -> Bool {
        guard let option = options[name] else { return false }
        return given[name] != nil || option.environment.flatMap { environment[$0] }.map { !$0.isEmpty } ?? false
    }

    /// The option's value, or a usage error that names the option and its variable.
    public func required(_ name: String) throws(UsageError) -> String {
        if let value = text(name) { return value }
        let variable = options[name]?.environment.map { " (or \($0))" } ?? ""
        throw UsageError("--\(name)\(variable) is needed")
    }

    /// Whether the flag is set.
    public func flag(_ name: String) -> Bool {
        guard let value = text(name) else { return false }
        return !["", "0", "false", "no"].contains(value)
    }

    /// The value of an option that was declared as a whole number.
    public func integer(_ name: String) -> Int? {
        text(name).flatMap { Int($0) }
    }

    /// The value of an option that was declared as a number.
    public func number(_ name: String) -> Double? {
        text(name).flatMap { Double($0) }
    }

    /// The value of an option that was declared as an address.
    public func address(_ name: String) -> HostPort? {
        text(name).flatMap { HostPort($0) }
    }

    /// The effective value of a setting. Asking for one that the command does not declare is a programming error.
    public func setting(_ name: String) -> String {
        guard let value = settings[name] else { preconditionFailure("no setting \(name)") }
        return value
    }

    /// The effective value of a setting that was declared as a whole number.
    public func settingInteger(_ name: String) -> Int {
        guard let number = Int(setting(name)) else { preconditionFailure("setting \(name) is no number") }
        return number
    }
}
