import ChatTestKit
import Testing

@testable import ChatProjections

@Suite struct RowBatchTests {
    @Test(arguments: 0..<40 as Range<UInt64>)
    func stepsLeaveTheTablesAsTheChangesOneByOne(seed: UInt64) {
        var random = RandomRowChanges(seed: seed)
        var oneByOne = InMemoryTables(RandomRowChanges.tables)
        var stepwise = InMemoryTables(RandomRowChanges.tables)
        for page in 0..<50 {
            let changes = random.next(1 + Int(seed) * 2)
            var batch = RowBatch()
            batch.add(changes)
            oneByOne.apply(changes)
            for step in batch.take() { stepwise.apply(step) }
            for table in RandomRowChanges.tables {
                #expect(stepwise.rows(table) == oneByOne.rows(table), "seed \(seed), page \(page), \(table.name)")
            }
        }
    }

    @Test func manyMessagesOfOneConversationBecomeOneStep() {
        var changes = RowChanges()
        for position in 1...500 {
            changes.put(
                OfflineProjection.groupTails,
                ["stream": .text("messages:group:1"), "last_position": .integer(Int64(position))])
        }
        var batch = RowBatch()
        batch.add(changes)
        #expect(
            batch.take() == [.put(OfflineProjection.groupTails, [[.text("messages:group:1"), .integer(500)]])])
        #expect(batch.isEmpty)
    }

    @Test func manyLeavingsBecomeOneStep() {
        var changes = RowChanges()
        for user in 1...500 {
            changes.update(
                OfflineProjection.userStreams,
                where: ["user_id": .integer(Int64(user)), "stream": .text("group:1"), "to_position": .null],
                ["to_position": .integer(Int64(10_000 + user))])
        }
        var batch = RowBatch()
        batch.add(changes)
        #expect(batch.take().count == 1)
    }
}

extension InMemoryTables {
    /// A step as a database carries it out: what it reads is what stood there before the step.
    mutating func apply(_ step: RowStep) {
        var changes = RowChanges()
        switch step {
        case .put(let table, let rows): for row in rows { changes.add(.put(table, row)) }
        case .insert(let table, let rows): for row in rows { changes.add(.insert(table, row)) }
        case .delete(let table, let keys): for key in keys { changes.add(.delete(table, key)) }
        case .insertFrom(let table, let filling, let rows):
            for row in rows {
                changes.add(
                    .insertFrom(
                        table, row.row, filled: filling.filled, source: filling.source, key: row.source,
                        column: filling.column))
            }
        case .patch(let table, let shape, let rows):
            for row in rows { changes.add(.patch(table, row.key, shape.patch(row.values))) }
        case .patchWhere(let table, let shape, let rows):
            for (key, row) in self.rows(table) {
                guard let found = rows.first(where: { shape.fits($0, row) }) else { continue }
                var patch = RowChanges.Patch()
                for (column, value) in zip(shape.set, found.dropFirst(shape.columns.count)) {
                    patch[column] = .set(value)
                }
                changes.add(.patch(table, key, patch))
            }
        case .deleteWhere(let table, let shape, let rows):
            for (key, row) in self.rows(table) where rows.contains(where: { shape.fits($0, row) }) {
                changes.add(.delete(table, key))
            }
        case .strip(let table, let column, let matches):
            for match in matches { changes.add(.strip(table, column: column, match)) }
        }
        apply(changes)
    }
}

extension RowStep.WhereShape {
    func fits(_ values: [ColumnValue], _ row: [ColumnValue]) -> Bool {
        nulls.allSatisfy { row[$0] == .null } && zip(columns, values).allSatisfy { row[$0] == $1 }
    }
}

extension RowStep.PatchShape {
    func patch(_ values: [ColumnValue]) -> RowChanges.Patch {
        var patch = RowChanges.Patch()
        for (index, column) in columns.enumerated() {
            switch (kinds[index], values[index]) {
            case (.add, .integer(let number)): patch[column] = .add(number)
            case (.raise, .integer(let number)): patch[column] = .raise(number)
            case (.extend, .text(let text)): patch[column] = .extend(text)
            case (.gather, .integers(let numbers)): patch[column] = .gather(numbers)
            case (.gatherLast, .integers(let numbers)): patch[column] = .gatherLast(numbers)
            default: patch[column] = .set(values[index])
            }
        }
        return patch
    }
}
