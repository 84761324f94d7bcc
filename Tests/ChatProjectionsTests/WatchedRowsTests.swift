import ChatProjections
import ChatTestKit
import Testing

@Suite struct WatchedRowsTests {
    /// Following some rows gives what following all rows gives for them.
    @Test(arguments: 1...30 as ClosedRange<UInt64>)
    func aFewRowsBecomeWhatTheyBecomeAmongAll(_ seed: UInt64) throws {
        var random = RandomRowChanges(seed: seed)
        let changes = (0..<40).map { _ in random.next(8) }
        var all = InMemoryTables(RandomRowChanges.tables)
        var everyRow: Set<TableRow> = []
        for change in changes {
            all.apply(change)
            for table in RandomRowChanges.tables {
                for key in all.rows(table).keys { everyRow.insert(TableRow(table, key)) }
            }
        }
        for row in everyRow {
            var sources: Set<TableSpec> = []
            var watched = WatchedRows([row])
            var among = InMemoryTables(RandomRowChanges.tables)
            var next = 0
            while next < changes.count {
                do {
                    let before = among.rows(row.table)[row.key]
                    let changed = try watched.apply(changes[next])
                    among.apply(changes[next])
                    #expect(watched.row(row) == among.rows(row.table)[row.key])
                    #expect(changed == (before == watched.row(row) ? [] : [row]))
                    next += 1
                } catch {
                    sources.insert(error.table)
                    watched = WatchedRows([row], sources: sources)
                    among = InMemoryTables(RandomRowChanges.tables)
                    next = 0
                }
            }
        }
    }
}
