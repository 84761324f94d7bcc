import ChatApplication
import ChatDomain
import ChatProjections
import ChatTestKit
import EventCodec
import EventLogPostgres
import JSONText
import PostgresClient
import Reactor
import Testing

/// The program over a real log, whose projections no node runs while it looks.
@Suite struct ChatReplayTests {
    private func withLog(_ body: (LogDatabase, @escaping ([String]) throws -> ProgramRun) async throws -> Void)
        async throws
    {
        let database = try await LogDatabase.fresh()
        let connection = try await LogDatabase.connect(database.conninfo)
        try await ProjectionMigration.migrate(connection)
        await connection.close()
        try await fill(database)
        try await body(database) { arguments in
            try ProgramRun("chat-replay", arguments + ["--database", database.conninfo])
        }
        await database.log.close()
    }

    /// Appends a random history and folds it.
    private func fill(_ database: LogDatabase) async throws {
        let pool = PostgresPool(
            database.conninfo, applicationName: "runner", size: 3, on: LogDatabase.loop, waitLimit: .seconds(60),
            connectTimeout: .seconds(60))
        let keys = PostgresKeyStore(pool: pool)
        let keyring = Keyring(store: keys)
        var history = RandomHistory(seed: 21)
        let events = history.next(400)
        try await keyring.fetch(events.compactMap { EventCodec.sealSubject(of: $0, at: 0) })
        let commands = try events.enumerated().map { number, event in
            let stream = event.place?.stream ?? .acknowledgements(NodeName("a"))
            let stored = try EventCodec.encode(event, in: stream, sealer: keyring, at: 0)
            return AppendCommand(
                chain: number,
                events: [
                    EncodedEvent(
                        stream: stream, touched: event.place?.touched ?? [], type: stored.type, schema: stored.schema,
                        payload: stored.payload)
                ])
        }
        _ = try await database.log.append(AppendBatch(origin: nil, commands: commands))
        let runner = ProjectionRunner(
            executor: LogDatabase.loop, pool: pool, log: database.log,
            tail: PostgresLogTail(database.log, on: LogDatabase.loop), keys: keys,
            environment: ProjectionEnvironment { $0.lowercased() }, node: NodeName("a"))
        let running = Task { await runner.run() }
        let patience = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < patience {
            let status = try await pool.withConnection { try await ProjectionStatus.read($0, log: database.log) }
            if status.projections.count == ProjectionCatalog.all.count, status.projections.allSatisfy({ $0.lag == 0 }) {
                break
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        running.cancel()
        await running.value
        await pool.close()
    }

    @Test func statusTellsHeadAndProjections() async throws {
        try await withLog { _, replay in
            let run = try replay(["status", "--json"])
            #expect(run.status == 0)
            let line = try #require(run.jsonLines.first)
            let status = try JSONValue.parse(Array(line.utf8))
            #expect(status["head"]?.intValue == 400)
            #expect(status["epoch"]?.stringValue?.isEmpty == false)
            guard case .array(let projections)? = status["projections"] else {
                Issue.record("no projections")
                return
            }
            #expect(projections.count == ProjectionCatalog.all.count)
            for projection in projections {
                #expect(projection["position"]?.intValue == 400 && projection["lag"]?.intValue == 0)
                #expect(projection["state"]?.stringValue == "running")
            }
        }
    }

    @Test func aRebuildIsLoggedAndLeavesNothingToVerify() async throws {
        try await withLog { database, replay in
            #expect(try replay(["verify"]).status == 0)
            let run = try replay(["rebuild", "--jobs", "2"])
            #expect(run.status == 0, "\(run.output)")
            let verified = try replay(["verify", "--json"])
            #expect(verified.status == 0 && verified.jsonLines.isEmpty, "\(verified.output)")
            let logged = try await database.log.read(stream: .replay, after: .start, limit: 10)
            #expect(
                logged.map(\.type).sorted() == ["ReplayStarted", "ReplayStarted", "ReplaySwapped", "ReplaySwapped"])
        }
    }

    @Test func aManuallyAlteredRowIsToldAndEndsWithOne() async throws {
        try await withLog { database, replay in
            let connection = try await LogDatabase.connect(database.conninfo)
            let changed = try await connection.query(
                "update chat_read.users set name = 'mallory' where id = (select min(id) from chat_read.users)")
            #expect(changed.affectedRows == 1)
            await connection.close()
            let run = try replay(["verify", "user", "--json"])
            #expect(run.status == 1)
            #expect(run.jsonLines.count == 1)
            let difference = try JSONValue.parse(Array((run.jsonLines.first ?? "").utf8))
            #expect(difference["projection"]?.stringValue == "user" && difference["table"]?.stringValue == "users")
            #expect(difference["column"]?.stringValue == "name" && difference["live"]?.stringValue == "mallory")
            #expect(difference["position"]?.intValue == 400)
            #expect(try replay(["rebuild", "user"]).status == 0)
            #expect(try replay(["verify", "user"]).status == 0)
        }
    }

    @Test func mistakesAndUnreachableDatabasesHaveTheirOwnExitCodes() throws {
        #expect(try ProgramRun("chat-replay", ["verify", "nothing", "--database", "host=/nowhere"]).status == 2)
        #expect(try ProgramRun("chat-replay", ["rebuild", "--jobs", "0", "--database", "host=/nowhere"]).status == 2)
        #expect(try ProgramRun("chat-replay", ["status", "--database", "host=/nowhere"]).status == 3)
    }

    @Test func aMessageToSomebodyWithoutADeviceWaitsForTheFirst() async throws {
        try await withLog { database, _ in
            let connection = try await LogDatabase.connect(database.conninfo)
            let waiting = try await connection.query(
                """
                insert into chat_read.user_cursors (user_id, furthest) values (99, 400);
                """)
            #expect(waiting.affectedRows == 1)
            _ = try await connection.query(
                """
                insert into chat_read.user_streams (user_id, stream, from_position, kind, last_position)
                values (99, 'messages:direct:1:99', 0, 'messages', 401)
                """)
            _ = try await connection.query(
                """
                insert into chat_log.events (position, type, schema, stream, version, actor_id, recorded_at, payload)
                values (401, 'MessageSent', 1, 'messages:direct:1:99', 1, 1, clock_timestamp(), '{"from":1}')
                """)
            let rows = try await connection.query(
                "select device, position, conversation, seq, sender_id from chat.offline_messages where user_id = 99")
            #expect(rows.rowCount == 1)
            #expect(rows.isNull(0, 0) && rows.int(0, 1) == 401 && rows.text(0, 2) == "direct:1:99")
            #expect(rows.int(0, 3) == 1 && rows.int(0, 4) == 1)
            await connection.close()
        }
    }

    @Test func whatIsOfflineForADeviceIsWhatFollowsItsCursor() async throws {
        try await withLog { database, _ in
            let connection = try await LogDatabase.connect(database.conninfo)
            let wrong = try await connection.query(
                """
                select count(*) from chat.offline_messages o
                join chat_read.cursors c on c.user_id = o.user_id and c.device = o.device
                join chat_log.events e on e.position = o.position
                where o.position <= c.position or e.type <> 'MessageSent' or o.seq <> e.version
                    or 'messages:' || o.conversation <> e.stream
                """)
            #expect(wrong.int(0, 0) == 0)
            let some = try await connection.query("select count(*) from chat.offline_messages")
            #expect((some.int(0, 0) ?? 0) > 0)
            await connection.close()
        }
    }
}
