public import ChatDomain

/// A changing command on its way to the log.
public struct CommandRequest: Sendable {
    /// Makes the command from what the client said: looks up names through the reader, so that they are guarded too.
    public var plan: @Sendable (inout StateReader) throws(DecisionStop) -> Command
    /// Who asks, and through which session and device; goes into the events' envelopes.
    public var cause: Cause
    /// The client's idempotency key, if it gave one.
    public var key: ClientKey?

    /// A request.
    public init(
        cause: Cause, key: ClientKey? = nil,
        plan: @escaping @Sendable (inout StateReader) throws(DecisionStop) -> Command
    ) {
        self.plan = plan
        self.cause = cause
        self.key = key
    }
}

/// A client's idempotency key, reduced to what the log keeps.
public struct ClientKey: Sendable, Hashable {
    /// 16 bytes: a digest of who (the user, or for `register` the name) and the key.
    public var digest: [UInt8]
    /// A key.
    public init(digest: [UInt8]) { self.digest = digest }
}

/// What became of a command.
public enum CommandOutcome: Sendable {
    /// It is in the log, or it changed nothing.
    case done(CommandResult, Receipt, duplicate: Bool)
    /// It was refused, and the refusal was true when it was given.
    case refused(Refusal)
    /// It is certain that nothing was stored; to be tried again after so many milliseconds.
    case unavailable(retryAfter: Int64)
    /// Whether it was stored could not be found out.
    case unknown
}

extension CommandOutcome {
    /// Whether it is a 503.
    public var isUnavailable: Bool { if case .unavailable = self { true } else { false } }
}
