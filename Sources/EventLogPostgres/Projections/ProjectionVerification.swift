import ChatApplication
public import ChatDomain
public import ChatProjections
import PostgresClient

/// Compares live read tables, row by row, with a fold of the log to the same position.
public struct ProjectionVerification: Sendable {
    /// A column in which the two differ; a row that only one of them has differs in all of its columns.
    public struct Difference: Sendable, Equatable {
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
        /// Where both were compared.
        public var position: Position

        /// The same cell of the same row, with the same values.
        public static func == (left: Difference, right: Difference) -> Bool {
            (left.projection, left.table, left.column, left.live, left.rebuilt) == (
                right.projection, right.table, right.column, right.live, right.rebuilt
            ) && left.key.map(\.value) == right.key.map(\.value) && left.position == right.position
        }
    }

    /// What a verification came to.
    public struct Outcome: Sendable {
        /// Where the projection was compared.
        public var position: Position
        /// Rows compared.
        public var rows: Int
        /// The differences found; all of them were given to `report`.
        public var differences: Int
    }

    private let means: ProjectionRebuild.Means
    private let progress: @Sendable (_ done: Int, _ total: Int) -> Void

    /// A verification that says how far it is.
    public init(
        _ means: ProjectionRebuild.Means,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) {
        self.means = means
        self.progress = progress
    }

    /// Verifies a projection at the position that its live tables have. With `upTo` it leaves out the rows that
    /// events after it have changed; the live tables must have come so far.
    public func run(
        _ kind: any Projection.Type, upTo: Position? = nil, report: (Difference) -> Void
    ) async throws -> Outcome {
        let live = try await snapshot(kind)
        let limit = upTo ?? live.position
        guard limit <= live.position else { throw VerificationFailure.behind(kind.name, live.position) }
        let builder = SetBuilder([kind], environment: means.environment, keys: means.keys)
        try await fold(builder, to: limit, of: live.position)
        let before = kind.tables.map { builder.rows($0) }
        try await fold(builder, to: live.position, of: live.position)
        var outcome = Outcome(position: limit, rows: 0, differences: 0)
        for (index, table) in kind.tables.enumerated() {
            let rebuilt = builder.rows(table)
            let keys = Set(rebuilt.keys).union(live.rows[index].keys).union(before[index].keys)
            for key in keys.filter({ before[index][$0] == rebuilt[$0] }) {
                outcome.rows += 1
                let found = compare(
                    kind, table, key, live: live.rows[index][key], rebuilt: rebuilt[key], at: limit)
                outcome.differences += found.count
                found.forEach(report)
            }
        }
        return outcome
    }

    private func fold(_ builder: SetBuilder, to end: Position, of total: Position) async throws {
        while builder.position < end {
            try Task.checkCancellation()
            let events = try await means.log.read(after: builder.position, upTo: end, limit: ProjectionRebuild.page)
            guard !events.isEmpty else { throw VerificationFailure.logEnds(builder.position) }
            try await builder.fold(events)
            progress(Int(builder.position.value), Int(total.value))
        }
    }

    private func compare(
        _ kind: any Projection.Type, _ table: TableSpec, _ key: RowKey, live: [ColumnValue]?, rebuilt: [ColumnValue]?,
        at position: Position
    ) -> [Difference] {
        guard live != rebuilt else { return [] }
        let named = zip(table.keyColumns, key.values).map { (column: table.columns[$0].name, value: $1) }
        return table.columns.indices.filter { (live?[$0] ?? .null) != (rebuilt?[$0] ?? .null) }.map { column in
            Difference(
                projection: kind.name, table: table.name, key: named, column: table.columns[column].name,
                live: live?[column], rebuilt: rebuilt?[column], position: position)
        }
    }
}

/// Why a verification could not be made.
public enum VerificationFailure: Error, Sendable, CustomStringConvertible {
    /// The live tables have not come so far.
    case behind(String, Position)
    /// The log ends ahead of its read tables.
    case logEnds(Position)
    /// The tables are of another version than this program's folds.
    case otherVersion(String, Int)

    /// One line for people.
    public var description: String {
        switch self {
        case .behind(let name, let position): "projection \(name) has only reached position \(position)"
        case .logEnds(let position): "the log ends at position \(position), ahead of its read tables"
        case .otherVersion(let name, let version):
            "the tables of projection \(name) are of version \(version), which this program does not know"
        }
    }
}

extension ProjectionVerification {
    private struct Snapshot {
        var position: Position
        /// Of each table, in the projection's order.
        var rows: [[RowKey: [ColumnValue]]]
    }

    /// Pointer, checkpoint and rows, as they stood at one moment.
    private func snapshot(_ kind: any Projection.Type) async throws -> Snapshot {
        try await means.connection.transaction(begin: "begin isolation level repeatable read read only") {
            transaction in
            let sets = try await SetPointer.load(transaction, liveOnly: true)
            guard let set = sets.first(where: { $0.projection == kind.name }) else {
                throw RebuildFailure.missing(kind.name)
            }
            guard set.version == kind.version else {
                throw VerificationFailure.otherVersion(kind.name, set.version)
            }
            var snapshot = Snapshot(position: set.position, rows: [])
            for table in kind.tables { snapshot.rows.append(try await Self.rows(table, set.number, transaction)) }
            return snapshot
        }
    }

    private static func rows(
        _ table: TableSpec, _ set: Int, _ transaction: PostgresTransaction
    ) async throws -> [RowKey: [ColumnValue]] {
        var rows: [RowKey: [ColumnValue]] = [:]
        let columns = table.list(Array(table.columns.indices))
        _ = try await transaction.copyOut(
            "copy (select \(columns) from \(table.qualified(set))) to stdout (format binary)"
        ) {
            chunk in
            for row in 0..<chunk.rowCount {
                let values = table.columns.indices.map { table.columns[$0].type.read(chunk, row, $0) }
                rows[table.key(of: values)] = values
            }
        }
        return rows
    }
}
