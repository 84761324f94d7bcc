import ChatDomain
import ChatTestKit
import EventLogPostgres
import JSONText
import LogProof
import PostgresClient
import Sealing
import Testing

/// What a superuser does to the log, and what `chat-audit verify` says of it.
@Suite("A log that was tampered with") struct TamperingTests {
    @Test func aLogThatIsWholeIsFoundWhole() async throws {
        try await SealedLog.with { log in
            let verdict = try log.verify("--public-key", try log.publicKey(), "--anchor", try log.anchor())
            #expect(verdict.isWhole, "\(verdict)")
            #expect(verdict.object["events"] == 12 && verdict.object["sealed"] == 12 && verdict.object["seals"] == 3)
            try await log.append(3)
            let longer = try log.verify("--public-key", try log.publicKey())
            #expect(longer.isWhole && longer.object["events"] == 15 && longer.object["sealed"] == 12, "\(longer)")
        }
    }

    @Test func aLogThatGrowsMeanwhileIsFoundWhole() async throws {
        try await SealedLog.with { log in
            // More seals than are read at once, so that some are read when the log has grown.
            try await log.append(600)
            try await log.seal(eventsInSeal: 1)
            let sealer = log.sealer(eventsInSeal: 100, every: .milliseconds(1))
            let sealing = Task { await sealer.run() }
            let growing = Task {
                while !Task.isCancelled {
                    try await log.append(5)
                    _ = try await log.sql("SELECT chat_log.begin_epoch()")
                }
            }
            let chain = try await LogDatabase.connect(log.database.conninfo)
            let readers = [
                try await LogDatabase.connect(log.database.conninfo),
                try await LogDatabase.connect(log.database.conninfo),
            ]
            for _ in 0..<30 {
                let outcome = try await SealVerification(chain: chain, readers: readers).run(.init())
                #expect(outcome.defect == nil)
            }
            #expect(try await log.database.log.head() > Position(650), "it has grown")
            growing.cancel()
            sealing.cancel()
            _ = await growing.result
            await sealing.value
            for connection in readers + [chain] { await connection.close() }
        }
    }

    private static let changes = [
        "type = type || 'x'", "schema = schema + 1", "stream = stream || 'x'", "version = version + 100",
        "actor_id = 77", "actor_id = null", "session = 'other'", "session = null", "device = 'other'",
        "device = null", "node = 'other'", "recorded_at = recorded_at + interval '1 microsecond'", "cause = 'other'",
        "cause = null", "touched = touched[1:1]", "touched = null", "touched = array_replace(touched, touched[1], '')",
        "touched = ('[0:1]={' || touched[1] || ',' || touched[2] || '}')::text[]", "payload = payload || '\\x20'",
        "payload = set_byte(payload, 3, 65)", "payload = ''",
    ]

    @Test func aChangedColumnIsFoundAtItsPosition() async throws {
        try await SealedLog.with(events: 32) { log in
            // The event that has every column.
            try await log.sql("CREATE TABLE kept AS SELECT * FROM chat_log.events WHERE position = 30")
            let full = try await log.sql("SELECT num_nulls(actor_id, session, device, cause, touched) FROM kept")
            #expect(full.int(0, 0) == 0)
            for change in Self.changes {
                try await log.attack("UPDATE chat_log.events SET \(change) WHERE position = 30")
                let verdict = try log.verify()
                #expect(verdict.firstBad == 30 && verdict.reason.contains("position 30"), "\(change): \(verdict)")
                try await log.attack(
                    "DELETE FROM chat_log.events WHERE position = 30",
                    "INSERT INTO chat_log.events SELECT * FROM kept")
            }
            #expect(try log.verify().isWhole)
        }
    }

    @Test(arguments: [1, 7, 8, 12])
    func aRemovedEventIsFound(_ position: Int) async throws {
        try await SealedLog.with { log in
            try await log.append(1)
            try await log.attack("DELETE FROM chat_log.events WHERE position = \(position)")
            let verdict = try log.verify()
            #expect(verdict.firstBad == Int64(position) && verdict.reason.contains("no event"), "\(verdict)")
        }
    }

    @Test func aRemovedEventThatIsNotSealedYetIsFoundByTheGap() async throws {
        try await SealedLog.with { log in
            try await log.append(5)
            try await log.attack("DELETE FROM chat_log.events WHERE position = 15")
            #expect(try log.verify().firstBad == 15)
        }
    }

    @Test func anEventThatIsLeftOutWithItsPositionIsFound() async throws {
        try await SealedLog.with { log in
            try await log.attack(
                "CREATE TABLE kept AS SELECT * FROM chat_log.events WHERE position > 7",
                "DELETE FROM chat_log.events WHERE position >= 7", "UPDATE kept SET position = position - 1",
                "INSERT INTO chat_log.events SELECT * FROM kept")
            let verdict = try log.verify()
            #expect(verdict.firstBad == 7, "\(verdict)")
        }
    }

    @Test func anInsertedEventIsFound() async throws {
        try await SealedLog.with { log in
            try await log.attack(
                "CREATE TABLE kept AS SELECT * FROM chat_log.events WHERE position >= 7",
                "DELETE FROM chat_log.events WHERE position > 7", "UPDATE kept SET position = position + 1",
                "INSERT INTO chat_log.events SELECT * FROM kept",
                "UPDATE chat_log.events SET payload = '{}' WHERE position = 7")
            let verdict = try log.verify()
            #expect(verdict.firstBad == 7, "\(verdict)")
        }
    }

    @Test func aSecondEventAtOnePositionIsFound() async throws {
        try await SealedLog.with { log in
            try await log.attack(
                "ALTER TABLE chat_log.events DROP CONSTRAINT events_pkey",
                "INSERT INTO chat_log.events SELECT * FROM chat_log.events WHERE position = 6")
            let verdict = try log.verify()
            #expect(verdict.firstBad == 6 && verdict.reason.contains("two events"), "\(verdict)")
        }
    }

    @Test(arguments: [(6, 7), (4, 5), (1, 12)])
    func swappedEventsAreFound(_ one: Int, _ other: Int) async throws {
        try await SealedLog.with { log in
            try await log.attack(
                "CREATE TABLE kept AS SELECT * FROM chat_log.events WHERE position IN (\(one), \(other))",
                "DELETE FROM chat_log.events WHERE position IN (\(one), \(other))",
                "UPDATE kept SET position = \(one) + \(other) - position",
                "INSERT INTO chat_log.events SELECT * FROM kept")
            let verdict = try log.verify()
            #expect(verdict.firstBad == Int64(one), "\(verdict)")
        }
    }

    @Test func aTailThatIsCutIsFoundByItsSeal() async throws {
        try await SealedLog.with { log in
            try await log.attack("DELETE FROM chat_log.events WHERE position > 10")
            let verdict = try log.verify()
            #expect(verdict.firstBad == 11 && verdict.reason.contains("seal 3 reaches to 12"), "\(verdict)")
        }
    }

    @Test func aTailThatIsCutWithItsSealsIsFoundByAnAnchor() async throws {
        try await SealedLog.with { log in
            let anchor = try log.anchor()
            try await log.attack(
                "DELETE FROM chat_log.events WHERE position > 8", "DELETE FROM chat_log.seals WHERE number > 2")
            #expect(
                try log.verify("--public-key", try log.publicKey()).isWhole, "what was is nowhere but in the anchor")
            let verdict = try log.verify("--anchor", anchor)
            #expect(verdict.firstBad == 9 && verdict.reason.contains("before the anchor"), "\(verdict)")
            // Grown again, and sealed by the true key.
            try await log.append(6)
            try await log.seal()
            let grown = try log.verify("--anchor", anchor, "--public-key", try log.publicKey())
            #expect(grown.firstBad == 9 && grown.reason.contains("rewritten"), "\(grown)")
        }
    }

    @Test func aHeadThatAnotherKeyHasSignedIsFound() async throws {
        try await SealedLog.with { log in
            let anchor = try log.anchor()
            try await log.attack("DELETE FROM chat_log.seals WHERE number = 3")
            try await log.seal("b", key: .random())
            #expect(try log.verify().isWhole, "without a public key everybody may have sealed")
            let verdict = try log.verify("--public-key", try log.publicKey())
            #expect(verdict.firstBad == 9 && verdict.reason.contains("not among the public keys"), "\(verdict)")
            #expect(try log.verify("--anchor", anchor).firstBad == 9)
        }
    }

    @Test(arguments: [1, 2])
    func historyThatWasSealedAnewIsFoundByAnAnchorAlthoughTheKeyIsTheTrueOne(_ from: Int) async throws {
        try await SealedLog.with { log in
            let (anchor, key) = (try log.anchor(), try log.publicKey())
            try await log.attack(
                "UPDATE chat_log.events SET payload = '{\"text\":\"never said\"}' WHERE position = \(4 * from)",
                "DELETE FROM chat_log.seals WHERE number >= \(from)")
            try await log.seal()
            #expect(try log.verify("--public-key", key).isWhole, "whoever has key and database can do that")
            let verdict = try log.verify("--public-key", key, "--anchor", anchor)
            #expect(verdict.firstBad == 1 && verdict.reason.contains("rewritten"), "\(verdict)")
        }
    }

    @Test func severalAnchorsSayFromWhereHistoryWasRewritten() async throws {
        try await SealedLog.with { log in
            let first = try log.audit("anchor").output
            try await log.append(4)
            try await log.seal()
            let anchors = try log.file("anchors.jsonl", first + log.audit("anchor").output)
            #expect(try log.verify("--anchor", anchors).isWhole)
            try await log.attack(
                "UPDATE chat_log.events SET version = 99 WHERE position = 14",
                "DELETE FROM chat_log.seals WHERE number = 4")
            try await log.seal()
            let verdict = try log.verify("--anchor", anchors, "--public-key", try log.publicKey())
            #expect(verdict.firstBad == 13, "\(verdict)")
        }
    }

    @Test(arguments: [(1, 1), (2, 5), (3, 9)])
    func aSealThatWasRemovedIsFound(_ number: Int, _ position: Int64) async throws {
        try await SealedLog.with { log in
            let anchor = try log.anchor()
            try await log.attack("DELETE FROM chat_log.seals WHERE number = \(number)")
            let verdict = try log.verify("--anchor", anchor)
            #expect(verdict.firstBad == position, "\(verdict)")
            if number < 3 { #expect(try log.verify().firstBad == position) }
        }
    }

    private static let alterations = [
        "number = 7", "first_position = 4, fingerprints = fingerprints || '\\x00000000'",
        "last_position = 7, fingerprints = substr(fingerprints, 1, 12)", "epoch = 'other'",
        "sealed_at = sealed_at + interval '1 microsecond'", "node = 'other'", "root = sha256('x')",
        "fingerprints = set_byte(fingerprints, 9, get_byte(fingerprints, 9) # 1)", "previous = sha256('x')",
        "key = sha256('x')",
        "signature = set_byte(signature, 40, get_byte(signature, 40) # 1)",
    ]

    @Test func anAlteredSealIsFound() async throws {
        try await SealedLog.with { log in
            let key = try log.publicKey()
            try await log.sql("CREATE TABLE kept AS SELECT * FROM chat_log.seals WHERE number = 2")
            for alteration in Self.alterations {
                try await log.attack("UPDATE chat_log.seals SET \(alteration) WHERE number = 2")
                let verdict = try log.verify("--public-key", key)
                #expect((5...6).contains(verdict.firstBad ?? 0), "\(alteration): \(verdict)")
                // The seal after it names it as it was.
                let unsigned = try log.verify()
                #expect((5...9).contains(unsigned.firstBad ?? 0), "\(alteration): \(unsigned)")
                try await log.attack(
                    "DELETE FROM chat_log.seals WHERE first_position IN (4, 5)",
                    "INSERT INTO chat_log.seals SELECT * FROM kept")
            }
            #expect(try log.verify("--public-key", key).isWhole)
        }
    }

    @Test func aLineageThatWasAlteredIsFound() async throws {
        try await SealedLog.with { log in
            try await log.sql("SELECT chat_log.begin_epoch()")
            try await log.append(4)
            try await log.seal()
            #expect(try log.verify().isWhole)
            try await log.attack("UPDATE chat_log.epochs SET from_position = 11 WHERE from_position = 13")
            let verdict = try log.verify()
            #expect(verdict.firstBad == 9 && verdict.reason.contains("epoch"), "\(verdict)")
            try await log.attack("DELETE FROM chat_log.epochs WHERE from_position = 11")
            #expect(try log.verify().firstBad == 13)
        }
    }

    @Test func theFirstFailureIsNamedHoweverManyThereAre() async throws {
        try await SealedLog.with(events: 40) { log in
            try await log.attack(
                "UPDATE chat_log.events SET version = 99 WHERE position IN (14, 30)",
                "DELETE FROM chat_log.events WHERE position = 22", "DELETE FROM chat_log.seals WHERE number = 8")
            #expect(try log.verify("--jobs", "4").firstBad == 14)
            #expect(try log.verify("--from", "17").firstBad == 22)
            #expect(try log.verify("--from", "25").firstBad == 29)
            #expect(try log.verify("--from", "25", "--to", "28").isWhole, "what follows was not asked for")
        }
    }
}
