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
    @Test func statusTellsHeadAndProjections() async throws {
        try await ReplayedLog.with { log in
            let run = try log.replay("status", "--json")
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
        try await ReplayedLog.with { log in
            #expect(try log.replay("verify").status == 0)
            let run = try log.replay("rebuild", "--jobs", "2")
            #expect(run.status == 0, "\(run.output)")
            let verified = try log.replay("verify", "--json")
            #expect(verified.status == 0 && verified.jsonLines.isEmpty, "\(verified.output)")
            let logged = try await log.database.log.read(stream: .replay, after: .start, limit: 10)
            #expect(logged.map(\.type) == ["ReplayStarted", "ReplaySwapped"])
        }
    }

    @Test func aManuallyAlteredRowIsToldAndEndsWithOne() async throws {
        try await ReplayedLog.with { log in
            let connection = try await LogDatabase.connect(log.database.conninfo)
            let changed = try await connection.query(
                "update chat_read.users set name = 'mallory' where id = (select min(id) from chat_read.users)")
            #expect(changed.affectedRows == 1)
            await connection.close()
            let run = try log.replay("verify", "user", "--json")
            #expect(run.status == 1)
            #expect(run.jsonLines.count == 1)
            let difference = try JSONValue.parse(Array((run.jsonLines.first ?? "").utf8))
            #expect(difference["projection"]?.stringValue == "user" && difference["table"]?.stringValue == "users")
            #expect(difference["column"]?.stringValue == "name" && difference["live"]?.stringValue == "mallory")
            #expect(difference["position"]?.intValue == 400)
            #expect(try log.replay("rebuild", "user").status == 0)
            #expect(try log.replay("verify", "user").status == 0)
        }
    }

    @Test func mistakesAndUnreachableDatabasesHaveTheirOwnExitCodes() throws {
        #expect(try ProgramRun("chat-replay", ["verify", "nothing", "--database", "host=/nowhere"]).status == 2)
        #expect(try ProgramRun("chat-replay", ["rebuild", "--jobs", "0", "--database", "host=/nowhere"]).status == 2)
        #expect(try ProgramRun("chat-replay", ["status", "--database", "host=/nowhere"]).status == 3)
    }

    @Test func aMessageToSomebodyWithoutADeviceWaitsForTheFirst() async throws {
        try await ReplayedLog.with { log in
            let connection = try await LogDatabase.connect(log.database.conninfo)
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
        try await ReplayedLog.with { log in
            let connection = try await LogDatabase.connect(log.database.conninfo)
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
