import ChatDomain
import ChatTestKit
import Testing

@testable import ChatProjections

/// Rows of tables that grow with messages are taken out of memory, and changed where they stand then.
@Suite struct RowsTakenOutTests {
    fileprivate static let table = TableSpec(
        "notes", key: ["id"],
        [.init("id", .bigint), .init("note", .text), .init("times", .bigint), .init("age", .bigint)],
        growsWithMessages: true)

    /// Rows that more is added to until they are settled.
    fileprivate static let settling = TableSpec(
        "blocks", key: ["id"], [.init("id", .bigint), .init("settled", .boolean), .init("entries", .text)],
        growsWithMessages: true, settled: "settled")

    /// A table outside of memory that refuses a second row of a key, as one without an index would keep both.
    private struct Stored {
        var table = RowsTakenOutTests.table
        var rows: [RowKey: [ColumnValue]] = [:]

        mutating func take(_ tables: inout InMemoryTables, isLast: Bool) {
            if isLast || tables.isLate(table) {
                for step in tables.takeLateSteps(table) { run(step) }
            }
            for (key, row) in tables.takeRows(table, isLast: isLast) {
                #expect(rows[key] == nil, "two rows of one key")
                rows[key] = row
            }
        }

        private mutating func run(_ step: RowStep) {
            switch step {
            case .delete(_, let keys): for key in keys { rows[key] = nil }
            case .patch(_, let shape, let patched):
                for patch in patched {
                    var changes = RowChanges()
                    changes.add(.patch(table, patch.key, shape.patch(patch.values)))
                    var tables = InMemoryTables([table])
                    guard let row = rows[patch.key] else { continue }
                    tables.apply(.appending(row, to: table))
                    tables.apply(changes)
                    rows[patch.key] = tables.rows(table)[patch.key]
                }
            case .deleteWhere(_, let shape, let matches):
                rows = rows.filter { row in
                    !matches.contains { match in zip(shape.columns, match).allSatisfy { row.value[$0] == $1 } }
                }
            case .strip(_, let column, let matches):
                var tables = InMemoryTables([table])
                for row in rows.values { tables.apply(.appending(row, to: table)) }
                var changes = RowChanges()
                for match in matches { changes.strip(table, table.columns[column].name, match) }
                tables.apply(changes)
                rows = tables.rows(table)
            default: Issue.record("a step that is neither by key nor by what never changes")
            }
        }
    }

    private func change(_ random: inout SeededRandom, _ next: inout Int64) -> RowChanges {
        var changes = RowChanges()
        let key = ColumnValue.integer(Int64(random.number(1...12)))
        let note = ColumnValue.text("n\(random.number(1...99))")
        switch random.number(0...6) {
        case 0: changes.put(Self.table, ["id": key, "note": note, "times": .integer(0), "age": .integer(next)])
        case 1, 2: changes.delete(Self.table, key: [key])
        case 3: changes.update(Self.table, key: [key], ["note": .set(note)])
        case 4: changes.update(Self.table, key: [key], ["times": .set(.integer(Int64(random.number(1...9))))])
        case 5:
            // What is of an age goes, and nothing of that age comes after it.
            changes.delete(Self.table, where: ["age": .integer(next)])
            next += 1
        default:
            next += 1
            changes.append(
                Self.table, ["id": .integer(next), "note": note, "times": .integer(0), "age": .integer(next)])
        }
        return changes
    }

    @Test func rowsTakenOutAtAnyTimeEndAsThoseThatStay() {
        var source = SeededRandom.announced(for: "rows taken out")
        for _ in 1...200 {
            let seed = source.next()
            var random = SeededRandom(seed: seed)
            var next: Int64 = 100
            var all = InMemoryTables([Self.table])
            var some = InMemoryTables([Self.table])
            var stored = Stored()
            for _ in 1...random.number(1...120) {
                let changes = change(&random, &next)
                all.apply(changes)
                some.apply(changes)
                if random.oneIn(15) { stored.take(&some, isLast: false) }
            }
            stored.take(&some, isLast: true)
            #expect(stored.rows == all.rows(Self.table), "seed \(seed)")
            #expect(some.weight == 0, "seed \(seed)")
        }
    }

    @Test func rowsThatMoreIsAddedToStayUntilTheyAreSettled() {
        var source = SeededRandom.announced(for: "rows that settle")
        for _ in 1...100 {
            let seed = source.next()
            var random = SeededRandom(seed: seed)
            var counts: [Int64: Int] = [:]
            var stripped = 0
            var all = InMemoryTables([Self.settling])
            var some = InMemoryTables([Self.settling])
            var stored = Stored(table: Self.settling)
            for _ in 1...random.number(1...200) {
                var changes = RowChanges()
                let id = Int64(random.number(1...12))
                let entry = ";\(stripped),\(id)"
                switch (counts[id] ?? 0, random.number(0...9)) {
                case (0, _): changes.append(Self.settling, row: [.integer(id), .boolean(false), .text(entry)])
                case (_, 0):
                    // What is of this age goes, and nothing of that age comes after it.
                    changes.strip(Self.settling, "entries", .init([["\(stripped)"], nil]))
                    stripped += 1
                case (1...5, _):
                    changes.update(
                        Self.settling, key: [.integer(id)],
                        ["entries": .extend(entry), "settled": .set(.boolean(counts[id] == 5))])
                // As an edit of what was said long ago.
                default: changes.update(Self.settling, key: [.integer(id)], ["entries": .extend(entry)])
                }
                counts[id, default: 0] += 1
                all.apply(changes)
                some.apply(changes)
                if random.oneIn(15) {
                    stored.take(&some, isLast: false)
                    #expect(stored.rows.values.allSatisfy { $0[1] == .boolean(true) }, "seed \(seed)")
                }
            }
            stored.take(&some, isLast: true)
            #expect(stored.rows == all.rows(Self.settling), "seed \(seed)")
            #expect(some.weight == 0, "seed \(seed)")
        }
    }
}

extension RowChanges {
    fileprivate static func appending(_ row: [ColumnValue], to table: TableSpec) -> RowChanges {
        var changes = RowChanges()
        changes.append(table, row: row)
        return changes
    }
}
