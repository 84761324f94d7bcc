import ChatProjections
import PostgresClient

/// What a fold of the log has come to for one table of a set.
struct FoldedTable: Sendable {
    let spec: TableSpec
    /// What is done first, to rows that stand in the set already.
    var late: [RowStep] = []
    /// The rows that come behind them.
    let rows: [RowKey: [ColumnValue]]

    /// Bytes handed to a COPY at once.
    private static let pieceBytes = 256 * 1024

    /// The rows by rising keys: for a thread that nobody waits for.
    var ordered: [[ColumnValue]] { RowOrder.sorted(rows.keys).compactMap { rows[$0] } }

    /// Puts all of it into a set, the rows in the order in which they are given. Returns by how many rows the table has
    /// grown.
    func copy(_ ordered: [[ColumnValue]], set: Int, through transaction: PostgresTransaction) async throws -> Int {
        var grown = 0
        for step in late {
            let statement = step.statement(set: set)
            let result = try await transaction.query(statement.text, statement.parameters)
            if case .delete = step { grown -= result.affectedRows }
        }
        guard !ordered.isEmpty else { return grown }
        var rest = ordered.makeIterator()
        var encoder = PostgresCopyEncoder()
        var ended = false
        let types = spec.columns.map(\.type)
        _ = try await transaction.copyIn("copy \(spec.qualified(set)) from stdin (format binary)") {
            if ended { return nil }
            while encoder.byteCount < Self.pieceBytes {
                guard let row = rest.next() else {
                    ended = true
                    return encoder.finish()
                }
                encoder.beginRow(columns: row.count)
                for (type, value) in zip(types, row) { encoder.append(type.exactly(value)) }
            }
            return encoder.take()
        }
        return grown + ordered.count
    }
}

/// What a fold of the log has come to for a set.
struct FoldedSet: Sendable {
    let set: BuiltSet
    let tables: [FoldedTable]
    /// Rows of each table, in their order, that the set holds already.
    let stored: [Int]

    /// Rows that are still to be copied.
    var weight: Int { tables.reduce(0) { $0 + $1.rows.count } }
}
