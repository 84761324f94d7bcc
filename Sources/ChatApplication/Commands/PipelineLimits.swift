/// The bounds of the command pipeline.
public struct PipelineLimits: Sendable {
    /// Commands in one append; more wait for the next.
    public var batchCommands = 512
    /// Bytes of message text in one append, about; more wait for the next.
    public var batchBytes = 1 << 20
    /// Times that a command is decided anew after a conflict before it gets 503.
    public var attempts = 32
    /// Commands that are not completed yet; beyond it a chain of which nothing is in flight gets 503 at once.
    public var backlog = 100_000
    /// Milliseconds that a command waits for the log before it gets 503.
    public var wait: Int64 = 10_000
    /// Milliseconds that a client is asked to wait after 503.
    public var retryAfter: Int64 = 1_000
    /// Milliseconds between tries while the log cannot be written.
    public var backOff: Int64 = 100
    /// States kept in memory in each of two generations; the older one is dropped when the younger is full.
    public var cachedStates = 200_000
    /// The defaults.
    public init() {}
}
