import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    /// On a log that is long enough for spans to be asked: what is found by their words is what is there.
    @Suite("Spans of an audit")
    struct AuditSpanTests {
        private struct Log {
            let database: String
            let name: String

            init() throws {
                let postgres = try PrivatePostgres.shared()
                database = try postgres.freshDatabase()
                name = database.split(separator: "dbname=").last.map(String.init) ?? ""
                let made = try ProgramRun(
                    "chat-bench", ["replay", "--database", database, "--events", "20000", "--rebuild", "all"])
                #expect(made.status == 0, "\(made.output)")
            }

            func query(_ sql: String) throws -> [String] {
                try PrivatePostgres.shared().run(sql: sql, database: name).split(separator: "\n").map(String.init)
            }

            func answer(_ filter: [String]) throws -> [String] {
                let all = ["query", "--json", "--limit", "100000", "--until", "20001", "--database", database]
                let run = try ProgramRun("chat-audit", all + filter)
                #expect(run.status == 0, "\(run.output)")
                return run.jsonLines
            }
        }

        /// One value of each kind that is in the log's first half, where only spans lead to it.
        private func filters(_ log: Log) throws -> [[String]] {
            func one(_ sql: String) throws -> String { try #require(try log.query(sql).first) }
            let early = "from chat_log.events where position < 8000"
            let stream = try one(
                "select stream \(early) and stream like 'messages:direct:%' order by position desc limit 1")
            let group = try one("select split_part(stream, ':', 3) \(early) and stream like 'messages:group:%' limit 1")
            let address = try one("select address from chat_read.audit_addresses where position < 8000 limit 1")
            let rare = try one(
                "select actor_id from chat_log.events where actor_id is not null group by 1 order by count(*) limit 1")
            return [
                ["--actor", rare], ["--actor", "1"], ["--user", rare], ["--user", "2"], ["--group", group],
                ["--conversation", String(stream.dropFirst("messages:".count))], ["--conversation", "group:\(group)"],
                ["--type", "GroupCreated"], ["--type", "UserRegistered", "--type", "NodeJoined"],
                ["--address", address], ["--address", "203.0.113.0/26", "--type", "MessageEdited"],
                ["--node", "history-a", "--type", "MemberJoined"], ["--device", "phone", "--actor", "1"],
                ["--outcome", "disconnected", "--user", rare], ["--user", "3", "--type", "FeedAcknowledged"],
            ]
        }

        @Test func answersByWordsAreThoseOfTheWholeLog() throws {
            let log = try Log()
            let filters = try filters(log)
            let found = try filters.map { try log.answer($0) }
            let inSpans = found.joined().filter { line in
                ((try? JSONValue.parse(Array(line.utf8))["position"]?.intValue) ?? 0) < 15_000
            }
            #expect(inSpans.count > 100)
            // As if nothing were folded: every event is looked at.
            _ = try log.query("update chat_read.projections set position = 0 where projection = 'audit'")
            for (filter, answer) in zip(filters, found) {
                let whole = try log.answer(filter)
                #expect(answer == whole, "\(filter): \(answer.count) of \(whole.count)")
            }
        }
    }
}
