import ChatDomain
import ChatProjections
import ChatTestKit
import PostgresClient
import Testing

@testable import EventLogPostgres

@Suite struct RowStatementTests {
    private static func rows(
        _ table: TableSpec, _ connection: PostgresConnection
    ) async throws -> [RowKey: [ColumnValue]] {
        let result = try await connection.query(
            "select \(table.list(Array(table.columns.indices))) from \(table.qualified(1))")
        let rows = (0..<result.rowCount).map { row in
            table.columns.indices.map { table.columns[$0].type.read(result, row, $0) }
        }
        return Dictionary(uniqueKeysWithValues: rows.map { (table.key(of: $0), $0) })
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func changesMeanInPostgreSQLWhatTheyMeanInMemory(seed: UInt64) async throws {
        try await ReadTableFixture.with { fixture in
            let connection = try await fixture.connect()
            for statement in ProjectionSchema.createTables(Meaningless.self, set: 1)
                + ProjectionSchema.createIndexes(Meaningless.self, set: 1)
            {
                _ = try await connection.query(statement)
            }
            var random = RandomRowChanges(seed: seed)
            var memory = InMemoryTables(RandomRowChanges.tables)
            for page in 0..<30 {
                let changes = random.next(1 + Int(seed) * 12)
                memory.apply(changes)
                var batch = RowBatch()
                batch.add(changes)
                for step in batch.take() { try await connection.run(step.statement(set: 1)) }
                for table in RandomRowChanges.tables {
                    let stored = try await Self.rows(table, connection)
                    #expect(stored == memory.rows(table), "seed \(seed), page \(page), \(table.name)")
                }
            }
            await connection.close()
        }
    }
}

/// Only its tables matter.
private struct Meaningless: Projection {
    static let name = "meaningless"
    static let version = 1
    static let tables = RandomRowChanges.tables
    static let views: [ViewSpec] = []
    static let eventTypes: Set<EventType> = []
    init(environment: ProjectionEnvironment) {}
    func apply(_ event: ProjectedEvent, into changes: inout RowChanges) throws(ProjectionError) {}
}
