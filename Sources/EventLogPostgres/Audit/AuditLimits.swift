/// Bounds of questions to the log.
public enum AuditLimits {
    /// Spans looked for at first; each further round looks through eight times as many.
    static let firstSpans: Int64 = 2_048
    /// Spans whose events are read at once: at first, and at most.
    static let spansRead = 8
    static let mostSpansRead = 256
    /// Positions at the end of a question's range that are read before spans are asked for: what is frequent is there.
    static let frequent: Int64 = 4_096
    /// Positions of the log's end that are read at once, where no span tells what is in them.
    static let tail: Int64 = 16_384
    /// Sessions of the addresses that are asked for that are looked for by their words; of more, every event is asked.
    static let sessions = 2_000
    /// Events of a type that are read at once.
    static let page = 500
    /// Events by which the projection may be behind without anybody waiting for it: so many are read at once.
    public static let lag: Int64 = tail
    /// How long a question waits for the projection to come up to the log, before it reads the rest by itself.
    public static let patience = Duration.seconds(2)
    /// Between two looks at that, and at the log's end while following.
    public static let poll = Duration.milliseconds(100)
    /// Entries of an answer unless told otherwise.
    public static let limit = 100
    /// Entries of an answer at most.
    public static let mostEntries = 100_000
}
