import ChatApplication
import ChatDomain
import ChatTestKit
import EventLogPostgres
import JSONText
import LogProof
import PostgresClient
import Sealing
import Telemetry
import Testing

@Suite("The sealer") struct LogSealerTests {
    @Test func everyEventIsUnderOneSeal() async throws {
        try await SealedLog.with(events: 10) { log in
            let seals = try await log.sql(
                "SELECT number, first_position, last_position FROM chat_log.seals ORDER BY number")
            let ranges = (0..<seals.rowCount).map { row in (0..<3).map { seals.int(row, $0) } }
            #expect(ranges == [[1, 1, 4], [2, 5, 8], [3, 9, 10]])
            // Nothing new, nothing sealed.
            try await log.seal()
            #expect(try await log.sql("SELECT count(*) FROM chat_log.seals").int(0, 0) == 3)
        }
    }

    @Test func aSealIsOverOneEpochOnly() async throws {
        try await SealedLog.with(events: 2) { log in
            try await log.append(1)
            try await log.sql("SELECT chat_log.begin_epoch()")
            try await log.append(1)
            try await log.sql("SELECT chat_log.begin_epoch()")
            try await log.sql("SELECT chat_log.begin_epoch()")
            try await log.append(2)
            try await log.seal(eventsInSeal: 100)
            let seals = try await log.sql(
                "SELECT last_position, count(*) OVER (PARTITION BY epoch) FROM chat_log.seals ORDER BY number")
            #expect((0..<seals.rowCount).map { seals.int($0, 0) } == [2, 3, 4, 6])
            #expect((0..<seals.rowCount).map { seals.int($0, 1) } == [2, 2, 1, 1])
            #expect(try log.verify("--public-key", try log.publicKey()).isWhole)
        }
    }

    @Test func anotherKeyGoesOnWithTheChain() async throws {
        try await SealedLog.with { log in
            try await log.append(3)
            let next = SigningKey.random()
            try await log.seal("b", key: next)
            let (old, new) = (Base64.encode(log.key.verifyingKey.bytes), Base64.encode(next.verifyingKey.bytes))
            #expect(try log.verify("--public-key", try log.file("both", "\(old)\n\(new)\n")).isWhole)
            #expect(try log.verify("--public-key", try log.file("old", old)).firstBad == 13)
            #expect(try log.verify("--public-key", try log.file("new", new)).firstBad == 1)
        }
    }

    /// A seal as the holder of a lease would add it.
    private func call(_ node: String, term: Int64, number: Int64, first: Int64, last: Int64, epoch: String) -> String {
        """
        SELECT chat_log.seal('\(node)', \(term), \(number), \(first), \(last), \(epoch), now(), sha256('r'),
            decode(repeat('00', \(4 * (last - first + 1))), 'hex'), sha256('p'), sha256('k'), decode(repeat('00', 64), 'hex'))
        """
    }

    @Test func whoDoesNotHoldTheLeaseAddsNothing() async throws {
        try await SealedLog.with { log in
            try await log.append(2)
            let epoch = "(SELECT epoch FROM chat_log.epochs)"
            let lease = "SELECT term FROM chat_cluster.campaign('sealer', 'b', interval '1 hour')"
            let term = try #require(try await log.sql(lease).int(0, 0))
            func refusal(_ statement: String) async throws -> String? { try await log.database.refusal(statement) }
            let good = call("b", term: term, number: 4, first: 13, last: 14, epoch: epoch)
            for (node, term) in [("a", term), ("b", term - 1), ("b", term + 1)] {
                let stale = call(node, term: term, number: 4, first: 13, last: 14, epoch: epoch)
                #expect(try await refusal(stale) == "PA001", "\(node) \(term)")
            }
            for (number, first, last, epoch) in [
                (3, 13, 14, epoch), (5, 13, 14, epoch), (4, 12, 14, epoch), (4, 14, 14, epoch), (4, 13, 15, epoch),
                (4, 13, 14, "'other'"),
            ] as [(Int64, Int64, Int64, String)] {
                let wrong = call("b", term: term, number: number, first: first, last: last, epoch: epoch)
                #expect(try await refusal(wrong) == "PA010", "\(number) \(first) \(last) \(epoch)")
            }
            #expect(try await refusal(good) == nil)
            #expect(try await refusal(good) == "PA010", "there is one seal of each number")
        }
    }

    @Test func nobodyChangesASealAndTheServersRoleAddsNoneByItself() async throws {
        try await SealedLog.with { log in
            for statement in [
                "UPDATE chat_log.seals SET node = 'b'", "DELETE FROM chat_log.seals", "TRUNCATE chat_log.seals",
            ] {
                #expect(try await log.database.refusal(statement) == "PA009", "\(statement)")
                let asServer = try await log.database.refusal("SET ROLE chat_server", statement)
                #expect(asServer == "42501", "\(statement)")
            }
            let insert = "INSERT INTO chat_log.seals SELECT * FROM chat_log.seals"
            #expect(try await log.database.refusal("SET ROLE chat_server", insert) == "42501")
            let call = call("a", term: 0, number: 4, first: 13, last: 13, epoch: "'x'")
            #expect(try await log.database.refusal("SET ROLE chat_server", call) == "PA001", "it may ask")
            for role in ["chat_reader", "chat_auditor"] {
                #expect(try await log.database.refusal("SET ROLE \(role)", call) == "42501")
            }
            let read = "SELECT payload FROM chat_log.events"
            #expect(try await log.database.refusal("SET ROLE chat_auditor", read) == nil)
        }
    }

    @Test func aChainThatWasRewrittenUnderTheSealersEyesIsNotContinued() async throws {
        try await SealedLog.with { log in
            let metrics = MetricsRegistry()
            let broken = metrics.gauge("parley_seal_broken", help: "")
            let position = metrics.gauge("parley_seal_position", help: "")
            let sealer = log.sealer("b", metrics: metrics)
            let running = Task { await sealer.run() }
            try await log.until("the sealer has seen the chain") { position.value == 12 }
            try await log.sql("CREATE TABLE kept AS SELECT * FROM chat_log.seals WHERE number = 3")
            // What is left is a chain that is whole.
            try await log.attack("DELETE FROM chat_log.seals WHERE number = 3")
            try await log.until("the sealer has noticed") { broken.value == 1 }
            try await log.append(2)
            #expect(try await log.sql("SELECT max(number) FROM chat_log.seals").int(0, 0) == 2)
            try await log.attack("INSERT INTO chat_log.seals SELECT * FROM kept")
            try await log.until("sealing goes on") { try await log.isSealed() }
            #expect(broken.value == 0)
            running.cancel()
            await running.value
            #expect(try log.verify("--public-key", try log.publicKey()).isWhole)
        }
    }

    @Test func sealingGoesOnAfterTheEndOfTheLogWasLostWithItsEpoch() async throws {
        try await SealedLog.with { log in
            let anchor = try log.anchor()
            let metrics = MetricsRegistry()
            let position = metrics.gauge("parley_seal_position", help: "")
            let sealer = log.sealer("b", metrics: metrics)
            let running = Task { await sealer.run() }
            try await log.until("the sealer has seen the chain") { position.value == 12 }
            // What an asynchronous standby had when it took over.
            try await log.attack(
                "BEGIN", "DELETE FROM chat_log.events WHERE position > 8",
                "DELETE FROM chat_log.seals WHERE number > 2", "SELECT chat_log.begin_epoch()", "COMMIT")
            try await log.append(3)
            try await log.until("sealing goes on") { try await log.isSealed() }
            running.cancel()
            await running.value
            #expect(try log.verify("--public-key", try log.publicKey()).isWhole)
            let verdict = try log.verify("--anchor", anchor)
            #expect(verdict.firstBad == 9 && verdict.reason.contains("ended at position 8"), "\(verdict)")
        }
    }

    @Test func sealersThatTakeTurnsMakeOneChain() async throws {
        try await SealedLog.with { log in
            let sealers = ["b", "c", "d"].map { log.sealer($0) }
            var running = sealers.map { sealer in Task { await sealer.run() } }
            for round in 0..<12 {
                try await log.append(5)
                try await log.until("round \(round) is sealed") { try await log.isSealed() }
                // As if the holder had been paused: its lease runs out, and it does not know.
                try await log.sql("UPDATE chat_cluster.leader SET expires_at = '-infinity' WHERE name = 'sealer'")
            }
            running.forEach { $0.cancel() }
            for task in running { await task.value }
            running = []
            #expect(try log.verify("--public-key", try log.publicKey()).isWhole)
        }
    }
}
