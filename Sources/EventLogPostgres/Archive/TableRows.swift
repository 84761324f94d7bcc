import ChatApplication
public import ChatDomain
public import ChatProjections
public import PostgresClient

/// All rows of a read table.
public struct TableRows: Sendable {
    /// The table.
    public var table: TableSpec
    /// The rows, in the order of their keys.
    public var rows: [[ColumnValue]]

    /// Rows of a table.
    public init(table: TableSpec, rows: [[ColumnValue]]) {
        self.table = table
        self.rows = rows
    }

    /// The live tables of all projections as they stood at one moment, and up to where they were folded; nil if they
    /// stood at different positions.
    public static func live(_ connection: PostgresConnection) async throws -> (at: Position, tables: [TableRows])? {
        try await connection.transaction(begin: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") { transaction in
            let sets = try await SetPointer.load(transaction, liveOnly: true)
            guard let at = sets.first?.position, sets.allSatisfy({ $0.position == at }) else { return nil }
            var tables: [TableRows] = []
            for kind in ProjectionCatalog.all {
                guard let set = sets.first(where: { $0.projection == kind.name }), set.version == kind.version else {
                    throw RebuildFailure.missing(kind.name)
                }
                for table in kind.tables {
                    tables.append(try await read(table, table.qualified(set.number), transaction))
                }
            }
            return (at, tables)
        }
    }

    static func read(
        _ table: TableSpec, _ name: String, _ session: some PostgresSession
    ) async throws(PostgresError) -> TableRows {
        let found = try await session.query(
            """
            SELECT \(table.list(Array(table.columns.indices))) FROM \(name) ORDER BY \(table.list(table.keyColumns))
            """)
        let rows = (0..<found.rowCount).map { row in
            table.columns.indices.map { table.columns[$0].type.read(found, row, $0) }
        }
        return TableRows(table: table, rows: rows)
    }
}
