import ChatApplication
import ChatDomain
import ChatTestKit
import EventLogPostgres
import Testing

/// What nobody erased does not pass for erased.
@Suite struct LostKeyTests {
    private let message = ChatEvent.messageSent(
        MessageSent(conversation: .direct(UserID(3), UserID(9)), from: UserID(3), text: "kept"))

    @Test func aKeyThatIsMissingStopsARebuild() async throws {
        try await ReplayedLog.with { log in
            try await log.append([message])
            try await log.sql("delete from chat_private.sealing_keys where purpose = 'texts' and user_id = 3")
            let run = try log.replay("rebuild", "search")
            #expect(run.status == 3 && run.output.contains("is missing, and was never destroyed"), "\(run.output)")
            #expect(try log.replay("rebuild", "group").status == 0)
        }
    }

    @Test func aKeyThatWasDestroyedWithoutAWordOfTheLogStopsThem() async throws {
        try await ReplayedLog.with { log in
            try await log.append([message])
            try await log.fold()
            let verified = try log.replay("verify", "search")
            #expect(verified.status == 0, "\(verified.output)")
            try await log.sql(
                "update chat_private.sealing_keys set key = null, destroyed_at = now() where purpose = 'texts' "
                    + "and user_id = 3")
            for command in [["rebuild", "search"], ["verify", "search"], ["at", "400", "search"]] {
                let run = try ProgramRun("chat-replay", command + ["--database", log.database.conninfo])
                #expect(run.status == 3 && run.output.contains("user 3, texts 1970Q1"), "\(run.output)")
            }
            let order = ErasureOrder(by: ReplayOrigin(role: "chat", host: "h"), reason: "known now")
            try await log.append([
                .keyDestroyed(KeyDestroyed(user: UserID(3), purpose: .texts, quarters: ["1970Q1"], order: order))
            ])
            #expect(try log.replay("rebuild", "search").status == 0)
        }
    }
}
