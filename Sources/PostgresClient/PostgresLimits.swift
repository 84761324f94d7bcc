/// The limits of one connection and of a pool.
public enum PostgresLimits {
    /// Queries sent on one connection whose answers are still to come. More wait in the connection's queue.
    public static let inFlight = 64
    /// Requests that wait in one connection's queue. One more is refused with `overloaded`.
    public static let waitingOnConnection = 4096
    /// Prepared statements kept on one connection. The one not used for longest makes room for a new one.
    public static let preparedStatements = 256
    /// Bytes gathered from a COPY before they are handed to the reader.
    public static let copyChunkBytes = 256 * 1024
    /// Callers that wait for a connection of a pool. One more is refused with `overloaded`.
    public static let waitingOnPool = 1024
    /// The first pause of a pool after a failed connect; doubled at each further failure.
    public static let firstBackOff = Duration.milliseconds(50)
    /// What a connection string may say otherwise, as libpq names it: a host that vanished without a word is noticed in
    /// 5 to 11 s, idle (s, s, count) or with something on its way (ms). For TCP only.
    static let vanishedHost = [
        ("keepalives_idle", "5"), ("keepalives_interval", "2"), ("keepalives_count", "3"), ("tcp_user_timeout", "5000"),
    ]
    /// The longest pause of a pool between two attempts to connect: so long a server may be back without being noticed.
    public static let longestBackOff = Duration.milliseconds(500)
}
