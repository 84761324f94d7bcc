import ChatApplication
import ChatDomain
import ChatProjections
import ChatTestKit
import EventLogPostgres
import JSONText
import PostgresClient
import Testing

/// What `chat-replay` proves and explains, over a real log.
@Suite struct ChatReplayProofTests {
    private func message(_ from: Int64, _ to: Int64) -> ChatEvent {
        .messageSent(
            MessageSent(
                conversation: .direct(UserID(min(from, to)), UserID(max(from, to))), from: UserID(from), text: "hello"))
    }

    @Test func aRowChangedByHandIsNamedWithTheEventThatWroteWhatItShouldHold() async throws {
        try await ReplayedLog.with { log in
            try await log.sql(
                "update chat_read.users set name = 'mallory' where id = (select min(id) from chat_read.users)")
            let differences = try log.lines("verify", "user", status: 1)
            let difference = try #require(differences.first)
            #expect(differences.count == 1 && difference["finding"]?.stringValue == "foreign")
            let user = try #require(difference["key"]?["id"]?.intValue)
            let event = try #require(difference["event"])
            let written = try await log.database.log.read(
                after: Position((event["position"]?.intValue ?? 1) - 1), upTo: nil, limit: 1)
            #expect(written.first?.type == event["type"]?.stringValue)
            let history = try log.lines("explain", "users", "\(user)")
            let last = try #require(history.last { $0["changes"]?["name"] != nil })
            #expect(last["position"] == event["position"] && last["type"] == event["type"])
            #expect(last["changes"]?["name"] == difference["rebuilt"])
        }
    }

    @Test func anEventThatNobodyFoldedIsNamed() async throws {
        try await ReplayedLog.with { log in
            try await log.append([message(81, 82), message(81, 82)])
            try await log.fold()
            // As if a page had been counted without its rows.
            try await log.append([message(82, 81)])
            try await log.sql("update chat_read.projections set position = 403")
            try await log.append([message(82, 83)])
            try await log.fold()
            let differences = try log.lines("verify", "conversation", status: 1)
            #expect(!differences.isEmpty)
            for difference in differences {
                #expect(difference["position"]?.intValue == 404)
                #expect(difference["finding"]?.stringValue == "stale", "\(difference)")
                #expect(difference["event"]?["position"]?.intValue == 403, "\(difference)")
                #expect(difference["event"]?["type"]?.stringValue == "MessageSent")
            }
            let columns = Set(differences.compactMap { $0["column"]?.stringValue })
            #expect(columns == ["position", "last_seq", "read_seq"])
            let human = try log.replay("verify", "conversation")
            #expect(human.status == 1 && human.output.contains("stale") && human.output.contains("403 MessageSent"))
        }
    }

    @Test func aTableIsShownAsItWas() async throws {
        try await ReplayedLog.with { log in
            try await log.append([message(81, 82)])
            try await log.append([message(81, 82)])
            try await log.fold()
            let then = try log.lines("at", "401", "conversation", "--where", "user_id=81")
            #expect(then.count == 1 && then.first?["table"]?.stringValue == "direct_conversations")
            #expect(then.first?["last_seq"]?.intValue == 1 && then.first?["position"]?.intValue == 401)
            let now = try log.lines("at", "402", "conversation", "--where", "user_id=81", "--where", "peer_id=82")
            #expect(now.first?["last_seq"]?.intValue == 2)
            #expect(try log.lines("at", "0", "conversation").isEmpty)
            #expect(try log.lines("at", "400", "conversation", "--where", "user_id=81").isEmpty)
            let time = try await log.sql(
                """
                select to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                from chat_log.events where position = 401
                """
            ).text(0, 0)
            #expect(
                try log.lines("at", try #require(time), "conversation", "--where", "user_id=81") == then,
                "the last event at or before the time")
            let human = try log.replay("at", "402", "conversation", "--table", "direct_conversations")
            #expect(human.status == 0 && human.output.contains("direct_conversations at position 402"))
            #expect(!human.output.contains("group_reads"))
        }
    }

    @Test func whatCannotBeShownIsSaidClearly() async throws {
        try await ReplayedLog.with { log in
            let beyond = try log.replay("at", "401", "user")
            #expect(beyond.status == 3 && beyond.output.contains("the log's head is 400"))
            let column = try log.replay("at", "1", "user", "--where", "colour=red")
            #expect(column.status == 2 && column.output.contains("no column colour"))
            let time = try log.replay("at", "yesterday", "user")
            #expect(time.status == 2 && time.output.contains("neither a position nor a time"))
            #expect(try log.replay("at", "1", "nothing").status == 2)
            #expect(try log.replay("at", "1", "user", "--where", "id=red").status == 2)
            #expect(try log.replay("at", "1", "user", "--table", "groups").status == 2)
            #expect(try log.replay("explain", "nothing", "1").status == 2)
            #expect(try log.replay("explain", "friends", "1").status == 2)
            #expect(try log.replay("explain", "friends", "user_id=1,since=2").status == 2)
            #expect(try log.replay("explain", "users", "4711").status == 1)
            #expect(try log.replay("verify", "--metrics", "127.0.0.1:0").status == 2)
            #expect(try log.replay("verify", "user", "--to", "401").status == 3)
        }
    }

    @Test func aRowIsExplainedByTheEventsThatMadeIt() async throws {
        try await ReplayedLog.with { log in
            try await log.append([message(81, 82), message(82, 81)])
            for key in [["81", "82"], ["81,82"], ["peer_id=82,user_id=81"]] {
                let run = try ProgramRun(
                    "chat-replay",
                    ["explain", "direct_conversations"] + key + ["--json", "--database", log.database.conninfo])
                let history = try run.jsonLines.map { try JSONValue.parse(Array($0.utf8)) }
                #expect(history.map { $0["position"]?.intValue } == [401, 402], "\(run.output)")
                #expect(history.allSatisfy { $0["type"]?.stringValue == "MessageSent" })
                #expect(history.first?["changes"]?["last_seq"]?.intValue == 1)
                #expect(
                    history.last?["changes"]?.objectValue?.members.map(\.name) == ["position", "last_seq"],
                    "what the event left as it was is not told")
            }
        }
    }

    @Test func liveAndFoldedTablesShowTheSameHash() async throws {
        try await ReplayedLog.with { log in
            let before = try log.lines("status", "--hash")
            let projections = try #require(before.first?["projections"]?.arrayValue)
            #expect(projections.count == ProjectionCatalog.all.count)
            for projection in projections {
                let name = try #require(projection["projection"]?.stringValue)
                let folded = try log.lines("at", "\(projection["position"]?.intValue ?? 0)", name, "--hash")
                #expect(folded.first?["hash"] == projection["hash"] && projection["hash"] != nil, "\(name)")
            }
            try await log.sql("update chat_read.users set name = name || '!'")
            let after = try log.lines("status", "--hash").first?["projections"]?.arrayValue ?? []
            let changed = zip(projections, after).filter { $0["hash"] != $1["hash"] }.map { $0.0["projection"] }
            #expect(changed == ["user"])
        }
    }

    @Test func aStuckProjectionNamesItsEventAndWhy() async throws {
        try await ReplayedLog.with { log in
            _ = try await log.database.log.append(
                AppendCommand(
                    chain: 0,
                    events: [
                        EncodedEvent(stream: .account(UserID(5)), type: "UserRegistered", payload: Array("{}".utf8))
                    ]))
            try await log.fold()
            let status = try #require(try log.lines("status").first)
            let user = try #require(
                status["projections"]?.arrayValue?.first { $0["projection"]?.stringValue == "user" })
            #expect(user["state"]?.stringValue == "stuck" && user["lag"]?.intValue == 1)
            #expect(user["error"]?["position"]?.intValue == 401)
            #expect(user["error"]?["type"]?.stringValue == "UserRegistered")
            #expect(user["error"]?["reason"]?.stringValue?.isEmpty == false)
            let explained = try log.replay("explain", "users", "5")
            #expect(explained.status == 3 && explained.output.contains("cannot take the event at position 401"))
            let human = try log.replay("status")
            #expect(human.output.contains("user cannot take the event at 401, UserRegistered: "))
        }
    }

    @Test func statusIsWatchedUntilSomebodyEndsIt() async throws {
        try await ReplayedLog.with { log in
            let program = try RunningProgram(
                "chat-replay", ["status", "--watch", "--json", "--database", log.database.conninfo])
            let shown = (try program.read(until: "\n") + program.read(until: "\n")).split(separator: "\n")
            for line in shown {
                let status = try JSONValue.parse(Array(line.utf8))
                #expect(status["head"]?.intValue == 400)
                #expect(status["leader"]?.isNull == true, "no node runs the projections any more")
            }
            program.terminate()
            #expect(program.waitForEnd().status == 0)
            #expect(shown.count >= 2)
        }
    }

    @Test func verifyingGoesOnInTheBackgroundAndIsMeasured() async throws {
        try await ReplayedLog.with { log in
            for isWrong in [false, true] {
                if isWrong { try await log.sql("update chat_read.users set name = 'mallory' where id = 1") }
                let port = RunningProgram.freePort()
                let program = try RunningProgram(
                    "chat-replay",
                    [
                        "verify", "user", "friend", "--continuous", "--pause", "0", "--metrics", "127.0.0.1:\(port)",
                        "--database", log.database.conninfo,
                    ])
                var page = ""
                try eventually("two runs are counted") {
                    page = program.get("/metrics", port: port)
                    return !page.contains("runs_total{projection=\"friend\"} 0\n")
                        && page.contains("runs_total{projection=\"friend\"} ")
                }
                #expect(page.contains("chat_verify_position{projection=\"user\"} 400\n"), "\(page)")
                #expect(page.contains("chat_verify_differences{projection=\"user\"} \(isWrong ? 1 : 0)\n"), "\(page)")
                #expect(page.contains("chat_verify_last_run_age_seconds{projection=\"user\"} 0."), "\(page)")
                program.terminate()
                let end = program.waitForEnd()
                #expect(end.status == (isWrong ? 1 : 0), "\(end.output)")
            }
        }
    }
}
