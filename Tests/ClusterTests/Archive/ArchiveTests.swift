import ChatTestKit
import Foundation
import JSONText
import Testing

extension ClusterTests {
    @Suite("A log that is carried elsewhere")
    struct ArchiveTests {
        /// A cluster on which everything has happened, and which is at rest.
        private static let shared = Result { () throws -> ClusterFixture in
            let cluster = try ClusterFixture()
            try Story.accounts.tell(cluster)
            let carl = try joinCarl(cluster)
            let dora = try joinDora(cluster)
            let group = try carl.createGroup("Grüne Gärtner")
            try carl.call(
                "updategroup", ["group": .integer(group), "description": "wer jätet, der erntet"])
            try dora.call("joingroup", ["group": .integer(group)])
            try dora.groupChat(group, "die Möhren sind reif", key: "once-only-key")
            try dora.chat("Carlotta", "komm in den Garten")
            try carl.call("addfriend", ["user": "Doradora"])
            try dora.call("acceptfriend", ["user": "Carlotta"])
            return cluster
        }

        private static func joinCarl(_ cluster: ClusterFixture) throws -> ScriptedClient {
            try Story.join("Carlotta", cluster)
            return try cluster.client("Carlotta", device: "Carlottas Fernsprecher")
        }

        private static func joinDora(_ cluster: ClusterFixture) throws -> ScriptedClient {
            try Story.join("Doradora", cluster)
            return try cluster.client("Doradora", device: "Doras Tafel", on: 1)
        }

        /// What was said and named, none of which a redacted copy may show.
        private static let personal = [
            "Carlotta", "Doradora", "Zoë", "Grüne Gärtner", "wer jätet", "Möhren", "in den Garten", "Ann's own",
            "somebody else of that name", "Fernsprecher", "Doras Tafel", "127.0.0.1", "argon2id", "once-only-key",
        ]

        private func folder() throws -> String {
            let path = NSTemporaryDirectory() + "archive-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            return path
        }

        /// A migrated database without events.
        private func emptyDatabase(_ cluster: ClusterFixture) throws -> String {
            let database = try cluster.postgres.freshDatabase()
            let migration = try ProgramRun("chatserver", ["migrate", "--database", database])
            #expect(migration.status == 0, "\(migration.output)")
            return database
        }

        private func replay(_ database: String, _ arguments: String...) throws -> ProgramRun {
            try ProgramRun("chat-replay", arguments + ["--database", database])
        }

        private func query(_ cluster: ClusterFixture, _ database: String, _ sql: String) throws -> [String] {
            let name = database.split(separator: "dbname=").last.map(String.init) ?? ""
            return try cluster.postgres.run(sql: sql, database: name).split(separator: "\n").map(String.init)
        }

        /// Everything that an import restores, as it stands up to a position.
        private static func restored(_ position: String) -> [String] {
            [
                """
                select e from chat_log.events e where position <= \(position) order by position
                """,
                """
                select stream, version, position, convert_from(state, 'UTF8')::jsonb - 'entries' from chat_log.heads
                where position <= \(position) order by stream
                """,
                "select k from chat_private.sealing_keys k order by id",
                "select s from chat_private.secrets s order by name",
                "select i from chat_log.idempotency i where coalesce(position, 0) <= \(position) order by key",
                "select last_value, is_called from chat_log.user_ids",
                "select last_value, is_called from chat_log.group_ids",
            ]
        }

        @Test(arguments: ["log.jsonl", "log.jsonl.zst"])
        func aCopyIsTheLogToTheByte(_ name: String) throws {
            let cluster = try Self.shared.get()
            let file = try folder() + "/" + name
            let written = try cluster.run("chat-replay", ["export", file])
            #expect(written.status == 0, "\(written.output)")
            let permissions = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(permissions == 0o600)
            let copy = try emptyDatabase(cluster)
            let taken = try replay(copy, "import", file)
            #expect(taken.status == 0, "\(taken.output)")
            let head = try query(cluster, copy, "select max(from_position) - 1 from chat_log.epochs")[0]
            for sql in Self.restored(head) {
                let there = try query(cluster, copy, sql)
                #expect(try there == cluster.query(sql), "\(sql)")
                #expect(!there.isEmpty, "\(sql)")
            }
            let lives = try query(cluster, copy, "select epoch from chat_log.epochs order by from_position")
            #expect(try lives.dropLast() == cluster.query("select epoch from chat_log.epochs")[...])
        }

        @Test func aCopyHasTheSameTablesAndItsUsersCanLogIn() throws {
            let cluster = try Self.shared.get()
            let file = try folder() + "/log.jsonl.zst"
            #expect(try cluster.run("chat-replay", ["export", file]).status == 0)
            let elsewhere = try ClusterFixture(
                nodes: 1, withRedis: false,
                prepare: { copy in
                    let taken = try replay(copy, "import", file)
                    #expect(taken.status == 0, "\(taken.output)")
                })
            let carl = try elsewhere.client("carlotta", device: "new")
            #expect(try carl.call("finduser", ["query": "Dora"])["users"]?.arrayValue?.count == 1)
            let group = try #require(try carl.call("groups")["groups"]?[0]?["id"]?.intValue)
            #expect(
                try carl.history("group:\(group)").compactMap { $0["text"]?.stringValue } == ["die Möhren sind reif"])
            let dora = try elsewhere.client("Doradora")
            let again = try dora.groupChat(group, "die Möhren sind reif", key: "once-only-key")
            #expect(again["duplicate"] == true)
            #expect(try elsewhere.client().refusal("login", ["name": "Ann", "password": "another password"]) != nil)
            try Story.join("Somebodynew", elsewhere)
            let verified = try elsewhere.run("chat-replay", ["verify"])
            #expect(verified.status == 0, "\(verified.output)")
        }

        /// The hash of each projection's rows, by its name.
        private func hashes(_ lines: [JSONValue]) -> [String: String] {
            Dictionary(
                uniqueKeysWithValues: lines.compactMap { line in
                    guard let name = line["projection"]?.stringValue, let hash = line["hash"]?.stringValue else {
                        return nil
                    }
                    return (name, hash)
                })
        }

        @Test func aCopyHasTheStateHashOfEveryProjection() throws {
            let cluster = try Self.shared.get()
            let file = try folder() + "/log.jsonl.zst"
            #expect(try cluster.run("chat-replay", ["export", file]).status == 0)
            let copy = try emptyDatabase(cluster)
            #expect(try replay(copy, "import", file).status == 0)
            let end = try query(cluster, copy, "select max(from_position) - 1 from chat_log.epochs")[0]
            let rebuilt = try replay(copy, "rebuild", "--jobs", "2")
            #expect(rebuilt.status == 0, "\(rebuilt.output)")
            let status = try replay(copy, "status", "--hash", "--json")
            let projections = try JSONValue.parse(try #require(status.jsonLines.first))["projections"]?.arrayValue
            var there = hashes(projections ?? [])
            // Its rows are of all events, also those of the import and the rebuild.
            let asOf = try replay(copy, "at", end, "audit", "--hash", "--json")
            there["audit"] = hashes([try JSONValue.parse(try #require(asOf.jsonLines.first))])["audit"]
            let names = ["user", "friend", "group", "offline", "session", "conversation", "search", "audit"]
            #expect(there.keys.sorted() == names.sorted())
            // The log itself may have gone on since.
            let here = try names.map { name in
                let run = try cluster.run("chat-replay", ["at", end, name, "--hash", "--json"])
                return try JSONValue.parse(try #require(run.jsonLines.first, "\(run.output)"))
            }
            #expect(hashes(here) == there)
            #expect(Set(there.values).count == names.count)
        }

        @Test func aRedactedCopyShowsNobodyAndReplays() throws {
            let cluster = try Self.shared.get()
            let file = try folder() + "/log.jsonl"
            #expect(try cluster.run("chat-replay", ["export", "--redact", file]).status == 0)
            let text = try String(contentsOfFile: file, encoding: .utf8)
            for value in Self.personal { #expect(!text.contains(value), "\(value) is in the file") }
            var copy = ""
            let elsewhere = try ClusterFixture(
                nodes: 1, withRedis: false,
                prepare: { database in
                    copy = database
                    let taken = try replay(database, "import", file)
                    #expect(taken.status == 0, "\(taken.output)")
                })
            let rebuilt = try replay(copy, "rebuild")
            #expect(rebuilt.status == 0, "\(rebuilt.output)")
            let verified = try replay(copy, "verify")
            #expect(verified.status == 0, "\(verified.output)")
            var dump = ""
            for table in ["users", "groups", "search_blocks", "devices", "sessions", "cursors"] {
                let rows = try query(cluster, copy, "select t from chat_read.\(table) t")
                #expect(try rows.count >= cluster.query("select 1 from chat_read.\(table) t").count, "\(table)")
                dump += rows.joined(separator: "\n")
            }
            for value in Self.personal { #expect(!dump.contains(value), "\(value) is in the copy's tables") }
            let names = "select name from chat.users where name is not null order by id"
            let masked = try query(cluster, copy, names)
            #expect(try masked.count == cluster.query(names).count && Set(masked).count == masked.count)
            for name in try cluster.query(names) + masked {
                let refusal = try elsewhere.client().refusal(
                    "login", ["name": .string(name), "password": .string(ScriptedClient.password)])
                #expect(refusal == ClientRefusal(401, "bad_credentials"))
            }
            let again = try cluster.run("chat-replay", ["export", "--redact", file + ".zst"])
            let other = try emptyDatabase(cluster)
            #expect(try again.status == 0 && replay(other, "import", file + ".zst").status == 0)
            #expect(try replay(other, "rebuild", "user").status == 0)
            #expect(try query(cluster, other, names) == masked)
        }

        @Test func importingAgainIsRefusedAndChangesNothing() throws {
            let cluster = try Self.shared.get()
            let file = try folder() + "/log.jsonl"
            #expect(try cluster.run("chat-replay", ["export", file]).status == 0)
            let copy = try emptyDatabase(cluster)
            #expect(try replay(copy, "import", file).status == 0)
            let head = try query(cluster, copy, "select chat_log.head()")
            let again = try replay(copy, "import", file)
            #expect(again.status == 3 && again.output.contains("not empty"), "\(again.output)")
            #expect(try query(cluster, copy, "select chat_log.head()") == head)
            #expect(try replay(copy, "import", file + "-missing").status == 3)
        }

        @Test func anAlteredOrTruncatedFileIsRefusedWithItsLineAndLeavesNothing() throws {
            let cluster = try Self.shared.get()
            let path = try folder() + "/log.jsonl"
            #expect(try cluster.run("chat-replay", ["export", path]).status == 0)
            let text = try String(contentsOfFile: path, encoding: .utf8)
            var lines = text.split(separator: "\n").map(String.init)
            let copy = try emptyDatabase(cluster)
            let line = try #require(lines.firstIndex { $0.contains(#""type":"GroupCreated""#) })
            let kept = lines[line]
            lines[line] = kept.replacingOccurrences(of: #""open""#, with: #""invite""#)
            try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
            let altered = try replay(copy, "import", path)
            #expect(altered.status == 1 && altered.output.contains("line \(line + 1):"), "\(altered.output)")
            lines[line] = kept
            try lines[..<(lines.count - 4)].joined(separator: "\n").appending("\n")
                .write(toFile: path, atomically: true, encoding: .utf8)
            let truncated = try replay(copy, "import", path)
            #expect(
                truncated.status == 1 && truncated.output.contains("line \(lines.count - 3):"), "\(truncated.output)")
            let left = """
                select (select count(*) from chat_log.events) + (select count(*) from chat_log.heads)
                    + (select count(*) from chat_private.sealing_keys)
                """
            #expect(try query(cluster, copy, left) == ["0"])
        }

        @Test func aPartOfTheLogCanBeWrittenAndIsNotImported() throws {
            let cluster = try Self.shared.get()
            let part = try cluster.run("chat-replay", ["export", "-", "--from", "5", "--to", "9"])
            let positions = try part.jsonLines.compactMap { line in
                try JSONValue.parse(line)["type"].flatMap { _ in try JSONValue.parse(line)["position"]?.intValue }
            }
            #expect(part.status == 0 && positions == [5, 6, 7, 8, 9])
            let path = try folder() + "/part.jsonl"
            #expect(try cluster.run("chat-replay", ["export", path, "--from", "5"]).status == 0)
            #expect(try replay(try emptyDatabase(cluster), "import", path).status == 3)
            #expect(try cluster.run("chat-replay", ["export", path, "--from", "5", "--to", "3"]).status == 2)
        }
    }
}
