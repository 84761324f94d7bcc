/// Who asked the log: nothing of a user of the chat, but what an operator can ask further.
public struct AuditOrigin: Sendable, Hashable {
    /// The role at the database.
    public var role: String
    /// The name of the machine on which the program ran.
    public var host: String
    /// The account of that machine under which it ran.
    public var account: String
    /// An origin.
    public init(role: String, host: String, account: String) {
        self.role = role
        self.host = host
        self.account = account
    }
}

/// The log was asked. Lives in `audit`.
public struct AuditQueried: Sendable, Hashable {
    /// One thing that was asked for.
    public struct Argument: Sendable, Hashable {
        /// The option's name, or the argument's.
        public var name: String
        /// Its value: users by their numbers, never a name or a text.
        public var value: String
        /// An argument.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Who.
    public var by: AuditOrigin
    /// Which command.
    public var command: String
    /// What, in the order of the command's options.
    public var arguments: [Argument]
    /// The address that was asked for, if any. Personal: sealed under the quarter's key of nobody.
    public var address: String?

    /// A question.
    public init(by: AuditOrigin, command: String, arguments: [Argument], address: String? = nil) {
        self.by = by
        self.command = command
        self.arguments = arguments
        self.address = address
    }
}
