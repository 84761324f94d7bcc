import ChatApplication
import ChatDomain
import ChatTestKit
import EventLogPostgres
import Testing

@Suite("The two logs agree")
struct AgreementTests {
    /// The log in memory judges one command after the other: whatever PostgreSQL does, with sets or by each command,
    /// must come to the same.
    @Test(arguments: 1...6 as ClosedRange<UInt64>, [0, 4, Int.max])
    func randomBatchesEndAlikeInMemoryAndOnPostgres(seed: UInt64, fewCommands: Int) async throws {
        let database = try await LogDatabase.fresh(partitionSize: 50, fewCommands: fewCommands)
        let memory = InMemoryEventLog()
        var batches = RandomBatches(seed: seed)
        var seen: Set<String> = []
        for number in 1...60 {
            let batch = batches.next()
            let expected = try await memory.append(batch).map(Comparable.init)
            let found = try await database.log.append(batch).map(Comparable.init)
            try #require(found == expected, "seed \(seed), batch \(number)")
            seen.formUnion(expected.map(\.name))
            batches.learn(try await memory.heads(of: RandomBatches.streams))
        }
        #expect(
            seen == ["appended", "duplicate", "conflict", "keyReused", "chained"], "seed \(seed) missed an outcome")
        try await expectSame(memory, database.log)
        await database.close()
    }

    private func expectSame(_ memory: InMemoryEventLog, _ log: PostgresEventLog) async throws {
        let expected = try await memory.all()
        let found = try await log.all()
        #expect(found.map(\.payload) == expected.map(\.payload))
        #expect(found.map(\.stream) == expected.map(\.stream))
        #expect(found.map(\.version) == expected.map(\.version))
        #expect(found.map(\.touched) == expected.map(\.touched))
        let expectedHeads = try await memory.heads(of: RandomBatches.streams)
        let foundHeads = try await log.heads(of: RandomBatches.streams)
        #expect(foundHeads.map(\.version) == expectedHeads.map(\.version))
        #expect(foundHeads.map(\.state) == expectedHeads.map(\.state))
    }

    /// An outcome without the time.
    private struct Comparable: Equatable {
        let name: String
        let position: Int64?
        let version: Int64?
        let result: [UInt8]?

        init(_ outcome: AppendOutcome) {
            name = outcome.name
            position = outcome.receipt?.position?.value
            version = outcome.receipt?.version
            result = outcome.receipt?.result
        }
    }
}
