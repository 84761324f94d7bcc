import ChatApplication
import ChatDomain
import ChatTestKit
import EventLogPostgres
import PostgresClient
import Testing

@Suite("The log on PostgreSQL")
struct PostgresEventLogTests {
    /// Whether a batch is appended as sets or one command after the other is nobody's business.
    @Test(arguments: EventLogContract.allCases, [0, Int.max])
    func theLogOnPostgresKeepsTheContract(_ claim: EventLogContract, fewCommands: Int) async throws {
        let database = try await LogDatabase.fresh(fewCommands: fewCommands)
        try await claim.check(database.log)
        await database.close()
    }

    @Test(arguments: EventLogContract.allCases)
    func theContractHoldsAcrossManySmallPartitions(_ claim: EventLogContract) async throws {
        // A batch that makes its own partitions, ten and more, takes a busy machine longer than an append may.
        let size: Int64 = claim == .aBatchOfManyCommandsIsAppendedWhole ? 300 : 7
        let database = try await LogDatabase.fresh(partitionSize: size)
        try await claim.check(database.log)
        await database.close()
    }

    @Test func nobodyChangesAnEventNotEvenTheOwner() async throws {
        let database = try await LogDatabase.fresh(partitionSize: 100)
        _ = try await database.log.append(AppendCommand(chain: 1, events: [event(.account(UserID(1)))]))
        for attempt in [
            "UPDATE chat_log.events SET payload = ''", "DELETE FROM chat_log.events", "TRUNCATE chat_log.events",
            "UPDATE chat_log.events_0000000000000001 SET version = 9", "DELETE FROM chat_log.events_0000000000000001",
            "TRUNCATE chat_log.events_0000000000000001",
        ] {
            #expect(try await database.refusal(attempt) == "PA009", "\(attempt)")
        }
        #expect(try await database.log.read(after: .start, upTo: nil, limit: 9).first?.version == 1)
        await database.close()
    }

    @Test func theServersRoleAppendsAndReadsAndWritesNothingElse() async throws {
        let database = try await LogDatabase.fresh()
        let role = "SET ROLE chat_server"
        #expect(try await database.refusal(role, AppendCall.one) == nil)
        #expect(try await database.refusal(role, AppendCall.few) == nil)
        #expect(try await database.log.head() == Position(2))
        for allowed in [
            "SELECT count(*) FROM chat_log.events", "SELECT count(*) FROM chat.events", "SELECT chat_log.maintain()",
            "SELECT nextval('chat_log.user_ids')", "SELECT length(chat_private.secret('name-pepper'))",
        ] {
            #expect(try await database.refusal(role, allowed) == nil, "\(allowed)")
        }
        for refused in [
            """
            INSERT INTO chat_log.events (position, type, schema, stream, version, recorded_at, payload)
            VALUES (3, 'T', 1, 's', 1, now(), '')
            """,
            "UPDATE chat_log.events SET version = 2", "DELETE FROM chat_log.events", "TRUNCATE chat_log.events",
            "DROP TABLE chat_log.events", "UPDATE chat_log.heads SET version = 0",
            "INSERT INTO chat_log.idempotency (bucket, key, recorded_at) VALUES (1, gen_random_uuid(), now())",
            "SELECT * FROM chat_private.secrets", "SELECT * FROM chat_private.sealing_keys",
            "SELECT chat_log.begin_epoch()",
        ] {
            #expect(try await database.refusal(role, refused) == "42501", "\(refused)")
        }
        await database.close()
    }

    @Test func theReadersRoleSeesTheViewsOnly() async throws {
        let database = try await LogDatabase.fresh()
        _ = try await database.run(AppendCall.one)
        let role = "SET ROLE chat_reader"
        #expect(try await database.refusal(role, "SELECT data, epoch FROM chat.events") == nil)
        #expect(try await database.refusal(role, "SELECT * FROM chat_log.events") == "42501")
        #expect(try await database.refusal(role, AppendCall.one) == "42501")
        #expect(try await database.refusal(role, AppendCall.few) == "42501")
        await database.close()
    }

    @Test func theViewShowsWhatJsonbCannotHold() async throws {
        let database = try await LogDatabase.fresh()
        for payload in [#"{"a":"x\u0000\u0000\\u0000"}"#, #"{"a":"\\\u0000"}"#, "no json"] {
            let stored = EncodedEvent(stream: .account(UserID(1)), type: "T", payload: Array(payload.utf8))
            _ = try await database.log.append(AppendCommand(chain: 1, events: [stored]))
        }
        let rows = try await database.run("SELECT data->>'a', data::text FROM chat.events ORDER BY position")[0]
        #expect(rows.text(0, 0) == "x\u{FFFD}\u{FFFD}\\u0000")
        #expect(rows.text(1, 0) == "\\\u{FFFD}")
        #expect(rows.text(2, 1) == #"{"undecodable": "bm8ganNvbg=="}"#)
        await database.close()
    }

    @Test func partitionsStandAheadOfTheHead() async throws {
        let database = try await LogDatabase.fresh(partitionSize: 10)
        for _ in 1...4 {
            let commands = (1...9).map { AppendCommand(chain: $0, events: [event(.account(UserID(1)))]) }
            _ = try await database.log.append(AppendBatch(origin: nil, commands: commands))
            let rows = try await database.run("SELECT chat_log.maintain()", "SELECT ceiling FROM chat_log.layout")
            let head = try await database.log.head().value
            let ceiling = try #require(rows[1].int(0, 0))
            #expect(ceiling - 1 - head >= 20 && ceiling - 1 - head < 40, "head \(head), ceiling \(ceiling)")
        }
        let made = try await database.run("SELECT chat_log.ensure_partitions()")[0]
        #expect(made.int(0, 0) == 0)
        await database.close()
    }

    @Test func aWordWithU0000FailsNoNeighbour() async throws {
        let database = try await LogDatabase.fresh()
        let outcomes = try await database.log.append(
            AppendCommand(chain: 1, events: [event(.account(UserID(1)))], cause: Cause(reference: "a\0b")),
            AppendCommand(chain: 2, events: [event(.account(UserID(2)))]))
        #expect(outcomes.map { $0.receipt?.position?.value } == [1, 2])
        let first = try await database.log.read(after: .start, upTo: nil, limit: 1).first
        #expect(first?.cause.reference == "a\u{FFFD}b")
        await database.close()
    }

    @Test func aScanReadsEveryEventOnce() async throws {
        let database = try await LogDatabase.fresh(partitionSize: 1_000)
        let commands = (1...3_000).map { AppendCommand(chain: $0, events: [event(.account(UserID(1)))]) }
        _ = try await database.log.append(AppendBatch(origin: nil, commands: commands))
        var positions: [Int64] = []
        try await database.log.scan(after: Position(5), upTo: Position(2_900)) { page in
            positions += page.map(\.position.value)
        }
        #expect(positions == Array(6...2_900))
        await database.close()
    }
}

/// The append in plain SQL.
enum AppendCall {
    static let one = call("append")
    static let few = call("append_few")

    private static func call(_ function: String) -> String {
        """
        SELECT * FROM chat_log.\(function)(null, null, null, '{1}', '{null}', '{null}', '{f}', '{null}', '{3}', '{s}', '{d}',
            '{c}', '{}', '{}', '{}', '{1}', '{account:1}', '{T}', '{1}', '{"\\\\x7b7d"}', '{}', '{}', '{}', '{}', '{}')
        """
    }
}
