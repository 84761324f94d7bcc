/// The look at every connection that is due each quarter of a second, in portions with pauses between them: a look at many
/// thousands at once would hold up everything else that a loop does.
struct ConnectionSweep {
    /// How long a sweep takes, about.
    static let period = Duration.milliseconds(250)
    /// Connections of a portion, until there are more than fit into `mostPortions`.
    static let portion = 256
    /// Portions of a sweep, at most: the pauses are to be those that timers can keep.
    static let mostPortions = 125

    private var ids: [Int] = []
    private var next = 0
    private var portions = 1
    /// What waits in the streams of those that were looked at.
    var queuedBytes = 0

    /// Whether everyone was looked at.
    var isOver: Bool { next == ids.count }

    /// The time until the next portion.
    var pause: Duration { Self.period / portions }

    /// Begins to look at these.
    mutating func begin(_ connections: some Collection<Int>) {
        ids = Array(connections)
        next = 0
        portions = min(max(1, (ids.count + Self.portion - 1) / Self.portion), Self.mostPortions)
        queuedBytes = 0
    }

    /// The next ones of them, which may be gone meanwhile.
    mutating func take() -> ArraySlice<Int> {
        let first = next
        next = min(ids.count, first + (ids.count + portions - 1) / portions)
        return ids[first..<next]
    }
}
