public import ChatDomain
public import ChatProjections
public import PostgresClient

/// A projection's live tables as they stood at one moment: pointer, checkpoint and rows, read in one transaction.
struct LiveTables {
    let kind: any Projection.Type
    let set: ProjectionSet
    private let transaction: PostgresTransaction

    /// The transaction must be one of `snapshot`.
    init(_ kind: any Projection.Type, _ transaction: PostgresTransaction) async throws {
        let sets = try await SetPointer.load(transaction, liveOnly: true)
        guard let set = sets.first(where: { $0.projection == kind.name }) else {
            throw RebuildFailure.missing(kind.name)
        }
        guard set.version == kind.version else { throw VerificationFailure.otherVersion(kind.name, set.version) }
        self.kind = kind
        self.set = set
        self.transaction = transaction
    }

    /// Begins a transaction that sees one moment.
    static let snapshot = "begin isolation level repeatable read read only"

    /// Gives the rows of a table in the order of `RowOrder`; memory holds a piece of them.
    func rows(_ table: TableSpec, _ body: ([ColumnValue]) async throws -> Void) async throws {
        let columns = table.list(Array(table.columns.indices))
        let order = table.keyColumns.map {
            table.quoted($0) + (table.columns[$0].type == .text ? " collate \"C\"" : "")
        }
        _ = try await transaction.copyOut(
            """
            copy (select \(columns) from \(table.qualified(set.number)) order by \(order.joined(separator: ", "))) \
            to stdout (format binary)
            """
        ) { chunk in
            for row in 0..<chunk.rowCount {
                try await body(table.columns.indices.map { table.columns[$0].type.read(chunk, row, $0) })
            }
        }
    }

    func hash() async throws -> StateHash {
        var hasher = StateHasher(kind)
        for table in kind.tables {
            hasher.begin(table)
            try await rows(table) { hasher.add($0) }
            hasher.end()
        }
        return hasher.finish()
    }
}

extension StateHash {
    /// Of a projection's live tables, with the position that they stand for.
    public static func live(
        _ kind: any Projection.Type, over connection: PostgresConnection
    ) async throws -> (hash: StateHash, position: Position) {
        try await connection.transaction(begin: LiveTables.snapshot) { transaction in
            let live = try await LiveTables(kind, transaction)
            return (try await live.hash(), live.set.position)
        }
    }
}
