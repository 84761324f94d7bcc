/// Bounds of the log on PostgreSQL.
public enum LogLimits {
    /// How long an append waits for its answer before its connection is given up and the batch is fenced. With the two
    /// that follow it makes less than the 30 s after which a client may take a command's outcome for unknown.
    public static let appendTimeout = Duration.seconds(12)
    /// A batch of up to so many commands is appended one after the other; more cost less as sets.
    public static let fewCommands = 3
    /// How long a node tries to learn what became of a batch whose answer was lost; then it is unknown.
    public static let fencePatience = Duration.seconds(12)
    /// How long one such attempt may take, the last one included.
    public static let fenceTimeout = Duration.seconds(5)
    /// The pause between two such attempts.
    public static let fencePause = Duration.milliseconds(100)
    /// How long a node waits for an answer to what it reads, before whoever asked is told that the service is not
    /// available.
    public static let readPatience = Duration.seconds(5)
    /// The same for what nobody waits for at a client, such as the pages that projections fold.
    public static let servicePatience = Duration.seconds(30)
    /// After so long the server itself ends a statement that would be given up anyway: it must not go on for nobody.
    public static let statementLimit = Duration.milliseconds(4_500)
    /// The same for the whole of what is open or whom it concerns, which a node reads when it begins.
    public static let snapshotLimit = Duration.seconds(60)
    /// What the server is told about each connection of a node, as PostgreSQL names it, so that a node whose machine
    /// vanished in the middle of a transaction does not keep its locks, for which whoever is elected after it waits: a
    /// transaction that stands open and unused ends after 3 s (ms), a connection whose peer is silent after 5 to 11 s,
    /// idle (s, s, count) or with something on its way (ms).
    public static let vanishedNode = [
        ("idle_in_transaction_session_timeout", "3000"), ("tcp_keepalives_idle", "5"),
        ("tcp_keepalives_interval", "2"), ("tcp_keepalives_count", "3"), ("tcp_user_timeout", "5000"),
    ]
    /// Positions read by one statement of a bulk scan, so that no snapshot stays open for long.
    public static let scanStride: Int64 = 50_000
    /// Positions of one stride of a bulk fold: what is read, decoded and folded as a whole before it meets the tables.
    public static let foldStride: Int64 = 20_000
    /// Strides of a bulk fold that are read ahead of the one that is applied.
    public static let foldAhead = 3
    /// Bytes of rows of tables that grow with messages, about, that a bulk fold keeps before it stores them. While they
    /// are stored, as many more can come. Rows that more is added to stay beside them: 2 kB at most for a conversation
    /// whose texts have 100 letters.
    public static let foldedBytes = 128 << 20
    /// Memory of PostgreSQL for building an index of a new table, each of its workers a share.
    public static let indexMemory = "256MB"
    /// Workers of PostgreSQL that help to build such an index.
    public static let indexWorkers = 2
    /// How often the tail looks by itself while events come; the safety net for lost hints.
    public static let activePoll = Duration.milliseconds(25)
    /// The same when nothing has come for a while.
    public static let idlePoll = Duration.milliseconds(250)
    /// Bytes of the newest events, about, that an elected node keeps for those of its services that read the log later.
    public static let recentBytes = 16 << 20
    /// How long a migration may run.
    public static let migrationTimeout = Duration.seconds(3_600)
}
