import ChatApplication
public import ChatDomain
public import ChatProjections
import PostgresClient

/// Compares live read tables, row by row, with a fold of the log to the same position.
public struct ProjectionVerification: Sendable {
    /// A column in which the two differ; a row that only one of them has differs in all of its columns.
    public struct Difference: Sendable {
        /// The projection.
        public var projection: String
        /// The table, by its live name.
        public var table: String
        /// The row's key: its columns with their values.
        public var key: [(column: String, value: ColumnValue)]
        /// The column.
        public var column: String
        /// What stands in the live table; nil if it lacks the row.
        public var live: ColumnValue?
        /// What the log says; nil if there is to be no such row.
        public var rebuilt: ColumnValue?
        /// Whether it is the first one of its row.
        public var isFirstOfRow: Bool
        /// Where both were compared.
        public var position: Position
        /// What the row's history says of it; nil beyond `tracedRows`.
        public var finding: RowHistory.Finding?
        /// The event at which the two part; see `RowHistory.origin(of:live:)`.
        public var event: RowHistory.Change?
    }

    /// What a verification came to.
    public struct Outcome: Sendable {
        /// Where the projection was compared.
        public var position: Position
        /// Rows compared.
        public var rows = 0
        /// The differences found; all of them were given to `report`.
        public var differences = 0
        /// Rows that differ and whose history was not asked for.
        public var untracedRows = 0
        /// The hash of what the log says; nil if some rows were left out.
        public var hash: StateHash?
    }

    /// Rows of a projection of which the event is found at which they went wrong: they are followed through the log
    /// together, in one more reading.
    public static let tracedRows = 100
    /// How long live tables that are behind are waited for.
    static let patience = Duration.seconds(10)

    let means: ProjectionRebuild.Means
    let throttle: Int
    let progress: @Sendable (_ done: Int, _ total: Int) -> Void

    /// A verification that folds at most `throttle` events a second (0: as fast as it can), and says how far it is.
    public init(
        _ means: ProjectionRebuild.Means, throttle: Int = 0,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) {
        self.means = means
        self.throttle = throttle
        self.progress = progress
    }

    /// Verifies a projection at the position that its live tables have. With `upTo` it leaves out the rows that
    /// events after it have changed; live tables that have not come so far are waited for, ten seconds at most.
    public func run(
        _ kind: any Projection.Type, upTo: Position? = nil, report: (Difference) -> Void
    ) async throws -> Outcome {
        let reached = try await position(kind, atLeast: upTo ?? .start)
        let fold = FoldAside(kind, means, throttle: throttle, progress: progress)
        try await fold.advance(to: upTo ?? reached)
        var comparison = TableComparison(kind, fold, upTo: upTo)
        // Only now begins the transaction that sees one moment: it holds back no vacuum while the log is folded.
        try await means.connection.transaction(begin: LiveTables.snapshot) { transaction in
            let live = try await LiveTables(kind, transaction)
            try await fold.advance(to: live.set.position)
            try await comparison.run(live, report)
        }
        try await trace(comparison.held, kind, upTo: comparison.outcome.position).forEach(report)
        return comparison.outcome
    }

    private func position(_ kind: any Projection.Type, atLeast wanted: Position) async throws -> Position {
        let end = ContinuousClock.now + Self.patience
        while true {
            let sets = try await SetPointer.load(means.connection, liveOnly: true)
            guard let set = sets.first(where: { $0.projection == kind.name }) else {
                throw RebuildFailure.missing(kind.name)
            }
            if set.position >= wanted { return set.position }
            let head = try await means.log.head()
            guard head >= wanted else { throw VerificationFailure.beyond(wanted, head: head) }
            guard ContinuousClock.now < end, set.state != .stuck else {
                throw VerificationFailure.behind(kind.name, set.position)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Finds the event of each of these differences.
    private func trace(
        _ found: [TableComparison.Found], _ kind: any Projection.Type, upTo end: Position
    ) async throws -> [Difference] {
        guard !found.isEmpty else { return [] }
        let rows = found.reduce(into: [TableRow]()) { if $0.last != $1.row { $0.append($1.row) } }
        let histories = try await RowHistory.of(rows, kind, upTo: end, means) { progress($0, $1) }
        return found.map { found in
            var difference = found.difference
            let origin = histories[found.row]?.origin(of: found.column, live: difference.live)
            difference.finding = origin?.finding
            difference.event = origin?.change
            return difference
        }
    }
}

/// Why a verification could not be made.
public enum VerificationFailure: Error, Sendable, CustomStringConvertible {
    /// The live tables have not come so far.
    case behind(String, Position)
    /// The log has not come so far.
    case beyond(Position, head: Position)
    /// The log ends ahead of its read tables.
    case logEnds(Position)
    /// The tables are of another version than this program's folds.
    case otherVersion(String, Int)

    /// One line for people.
    public var description: String {
        switch self {
        case .behind(let name, let position): "projection \(name) has only reached position \(position)"
        case .beyond(let position, let head): "there is no position \(position) yet: the log's head is \(head)"
        case .logEnds(let position): "the log ends at position \(position), ahead of its read tables"
        case .otherVersion(let name, let version):
            "the tables of projection \(name) are of version \(version), which this program does not know"
        }
    }
}
