import ChatTestKit
import Foundation
import JSONText
import Testing

extension ClusterTests {
    /// Nodes, people and tools on a log whose beginning is in archive files only.
    @Suite("A log that begins in archives")
    struct DroppedPartitionTests {
        /// People who have talked for some partitions of a hundred positions.
        private final class World {
            let cluster: ClusterFixture
            let folder = NSTemporaryDirectory() + "dropped-\(UUID().uuidString)"
            let ann: ScriptedClient
            let bob: ScriptedClient
            let group: Int64
            let direct: String

            init() throws {
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                let key = try ProgramRun("chat-audit", ["keygen", "\(folder)/key"])
                try key.output.write(toFile: "\(folder)/public", atomically: true, encoding: .utf8)
                cluster = try ClusterFixture(
                    options: { [folder] _ in ["--audit-key", "\(folder)/key"] }, partitionSize: 100)
                (ann, bob) = try Story.pair(cluster)
                group = try ann.createGroup("Old friends")
                try bob.call("joingroup", ["group": .integer(group)])
                try ann.call("addfriend", ["user": "Bob"])
                try bob.call("acceptfriend", ["user": "Ann"])
                direct = "direct:\(try ann.ownID()):\(try bob.ownID())"
                try talk("early", 120)
            }

            deinit { try? FileManager.default.removeItem(atPath: folder) }

            func talk(_ word: String, _ count: Int) throws {
                for number in 1...count {
                    try ann.chat("Bob", "\(word) \(number)")
                    try bob.groupChat(group, "\(word) group \(number)")
                }
                try bob.message("\(word) \(count)")
                try ann.message("\(word) group \(count)")
            }

            /// Both have everything; what they said themselves they have by what comes behind it. Gives the last text.
            @discardableResult
            func acknowledge() throws -> String {
                let mark = UUID().uuidString
                try bob.chat("Ann", "bob's \(mark)")
                let atAnn = try ann.message("bob's \(mark)")
                try ann.chat("Bob", "ann's \(mark)")
                let atBob = try bob.message("ann's \(mark)")
                for (client, push) in [(ann, atAnn), (bob, atBob)] {
                    try client.call("ack", ["position": .integer(push.params["position"]?.intValue ?? 0)])
                }
                return "ann's \(mark)"
            }

            /// Everything is sealed and folded, and a few partitions are whole.
            func rest() throws {
                let head = try cluster.query("select chat_log.head()")[0]
                try eventually("position \(head) is sealed and folded") {
                    try cluster.query(
                        "select 1 where (select max(last_position) from chat_log.seals) >= \(head) "
                            + "and (select min(position) from chat_read.projections where live) >= \(head)") == ["1"]
                }
            }

            func archive(before: Int, drop: Bool = true) throws -> ProgramRun {
                try cluster.run(
                    "chat-audit", ["archive", "\(folder)/old", "--before", "\(before)"] + (drop ? ["--drop"] : []))
            }

            func audit(_ arguments: String...) throws -> ProgramRun { try cluster.run("chat-audit", arguments) }
            func replay(_ arguments: String...) throws -> ProgramRun { try cluster.run("chat-replay", arguments) }

            /// The hash of each projection's tables, by its name.
            func hashes() throws -> [String: String] {
                let status = try replay("status", "--hash", "--json")
                let entries = try JSONValue.parse(try #require(status.jsonLines.last))["projections"]?.arrayValue ?? []
                return Dictionary(
                    entries.map { ($0["projection"]?.stringValue ?? "", $0["hash"]?.stringValue ?? "") },
                    uniquingKeysWith: { first, _ in first })
            }
        }

        @Test func nodesServeWhatIsLeftAndSayWhatIsNot() throws {
            let world = try World()
            let (ann, bob) = (world.ann, world.bob)
            try world.talk("later", 60)
            try world.acknowledge()
            try world.rest()
            let run = try world.archive(before: 301)
            #expect(run.status == 0, "\(run.output)")
            #expect(try world.cluster.query("select min(position) from chat_log.events") == ["301"])

            // History ends where the archive begins, and says so.
            let newest = try ann.call("history", ["conversation": .string(world.direct), "limit": 3])
            #expect(newest["more"] == true && newest["archived"] == nil)
            let all = try ann.call("history", ["conversation": .string(world.direct), "limit": 200])
            let first = try #require(all["messages"]?[0]?["seq"]?.intValue)
            #expect(first > 1 && all["more"] == false && all["archived"] == true)
            let seqs = all["messages"]?.arrayValue?.compactMap { $0["seq"]?.intValue } ?? []
            #expect(seqs == Array(first..<first + Int64(seqs.count)))
            for bounds: JSONObject in [["before": .integer(first)], ["before": 2], ["after": 1, "before": 3]] {
                var asked = bounds
                asked["conversation"] = .string(world.direct)
                let page = try ann.call("history", asked)
                #expect(page["messages"]?.arrayValue?.isEmpty == true && page["archived"] == true, "\(bounds)")
                #expect(page["more"] == false)
            }
            let forward = try ann.call("history", ["conversation": .string(world.direct), "after": 0, "limit": 2])
            #expect(forward["messages"]?[0]?["seq"]?.intValue == first && forward["archived"] == true)
            let next = try ann.call(
                "history", ["conversation": .string(world.direct), "after": .integer(first), "limit": 2])
            #expect(next["messages"]?[0]?["seq"]?.intValue == first + 1 && next["archived"] == nil)
            #expect(try ann.history(world.direct).count == seqs.count)

            // Nothing can be done with a message that nobody can be shown.
            let target: JSONObject = ["conversation": .string(world.direct), "seq": 1, "emoji": "👍"]
            #expect(try bob.refusal("react", target)?.reason == "no_such_message")
            #expect(try ann.call("search", ["query": "early 1"])["messages"]?.arrayValue?.isEmpty == true)
            #expect(try ann.call("search", ["query": "later 60"])["messages"]?.arrayValue?.isEmpty == false)
            let conversations = try ann.call("conversations")["conversations"]?.arrayValue ?? []
            #expect(conversations.count == 2 && conversations.allSatisfy { $0["last"] != nil })

            // Life goes on: another login, a new device, a restarted node, a new message and its backlog.
            world.cluster.nodes[1].kill()
            try world.cluster.nodes[1].start()
            try world.cluster.nodes[1].waitUntilReady()
            let phone = try world.cluster.client("Bob", device: "phone", on: 1)
            try ann.chat("Bob", "after the archive")
            try phone.message("after the archive")
            let since = try world.cluster.client("Ann", device: "since", since: 0, on: 1)
            try since.message("after the archive")
            #expect(since.messages.allSatisfy { $0["position"]?.intValue ?? 0 > 300 })
        }

        @Test func tablesAreRebuiltFromFilesAndLogAsTheyWere() throws {
            let world = try World()
            try world.acknowledge()
            try world.rest()
            let run = try world.archive(before: 201)
            #expect(run.status == 0, "\(run.output)")
            try world.rest()
            let before = try world.hashes()
            let folder = "\(world.folder)/old"
            let status = try world.replay("status")
            #expect(status.output.contains("up to 200 in archives only"), "\(status.output)")
            for command in [["rebuild"], ["verify"], ["explain", "users", "1"], ["at", "150", "user"]] {
                let refused = try world.cluster.run("chat-replay", command)
                #expect(refused.status == 3 && refused.output.contains("give --archive DIR"), "\(refused.output)")
                let read = try world.cluster.run("chat-replay", command + ["--archive", folder])
                #expect(read.status == 0, "\(command): \(read.output)")
            }
            try world.rest()
            let after = try world.hashes()
            // What the rebuild itself appended is in the audit's spans.
            #expect(after.filter { $0.key != "audit" } == before.filter { $0.key != "audit" } && after.count > 6)
            let play = try world.replay("play", "--speed", "0", "--archive", folder)
            #expect(play.status == 0 && play.output.contains("early 1") && play.output.contains("Old friends"))
            let later = try world.replay("play", "--speed", "0", "--from", "201")
            #expect(later.status == 0 && later.output.contains("Old friends"), "\(later.output)")
            let refused = try world.replay("play", "--speed", "0")
            #expect(refused.status == 3 && refused.output.contains("archive files only"), "\(refused.output)")
            try FileManager.default.removeItem(
                atPath: "\(folder)/events-0000000000000101-0000000000000200.jsonl.zst")
            let lacking = try world.replay("rebuild", "--archive", folder)
            #expect(lacking.status == 3 && lacking.output.contains("lacks the files of events-0000000000000101"))
        }

        @Test func aCopyMadeWithTheArchiveIsTheWholeLog() throws {
            let world = try World()
            try world.acknowledge()
            try world.rest()
            #expect(try world.archive(before: 201).status == 0)
            try world.rest()
            let file = "\(world.folder)/whole.jsonl.zst"
            let export = try world.replay("export", file, "--archive", "\(world.folder)/old")
            #expect(export.status == 0, "\(export.output)")
            let copy = try world.cluster.postgres.freshDatabase()
            for (program, command) in [
                ("chatserver", ["migrate"]), ("chat-replay", ["import", file]), ("chat-replay", ["rebuild"]),
            ] {
                let run = try ProgramRun(program, command + ["--database", copy])
                #expect(run.status == 0, "\(run.output)")
            }
            let hash: (String, String) throws -> String = { database, archive in
                let options = archive.isEmpty ? [] : ["--archive", archive]
                let run = try ProgramRun(
                    "chat-replay", ["at", "240", "conversation", "--hash", "--database", database] + options)
                #expect(run.status == 0, "\(run.output)")
                return run.output
            }
            let database = world.cluster.database
            #expect(try hash(copy, "") == hash(database, "\(world.folder)/old"))
        }

        @Test func auditorsReadAcrossTheBorderOrAreToldWhatIsMissing() throws {
            let world = try World()
            try world.acknowledge()
            try world.rest()
            let head = try world.cluster.query("select chat_log.head() + 1")[0]
            let questions = [
                ["query", "--user", "Bob", "--limit", "1000", "--until", head, "--json"],
                ["query", "--type", "UserRegistered", "--json"],
                ["query", "--conversation", world.direct, "--limit", "1000", "--until", head, "--texts", "--json"],
                ["query", "--address", "127.0.0.1", "--until", head, "--json"],
                ["report", "--by", "type", "--until", head, "--json"],
                ["report", "--by", "actor", "--until", head, "--json"],
                ["report", "--by", "day", "--until", head, "--json"],
                ["story", world.direct, "3", "--json"], ["visibility", "group:\(world.group)", "3", "--json"],
            ]
            let before = try questions.map { try world.cluster.run("chat-audit", $0).jsonLines }
            let person = try world.audit("export-user", "Bob")
            #expect(try world.archive(before: 201).status == 0)
            let archive = ["--archive", "\(world.folder)/old"]
            for (question, answer) in zip(questions, before) {
                let refused = try world.cluster.run("chat-audit", question)
                #expect(refused.status == 3 && refused.output.contains("give --archive DIR"), "\(question) \(refused)")
                let run = try world.cluster.run("chat-audit", question + archive)
                #expect(run.status == 0 && run.jsonLines == answer && !answer.isEmpty, "\(question) \(run.output)")
            }
            let newest = try world.audit("query", "--limit", "5", "--json")
            #expect(newest.status == 0 && newest.jsonLines.count == 5, "\(newest.output)")
            let recent = try world.audit("query", "--user", "Bob", "--since", "201", "--limit", "1000")
            #expect(recent.status == 0, "\(recent.output)")
            let again = try world.cluster.run("chat-audit", ["export-user", "Bob"] + archive)
            #expect(again.status == 0, "\(again.output)")
            let texts = { (run: ProgramRun) in run.output.components(separatedBy: "early group").count }
            #expect(texts(again) == texts(person) && texts(person) > 100)
            let verdict = try world.cluster.run(
                "chat-audit", ["verify", "--json", "--public-key", "\(world.folder)/public"] + archive)
            #expect(verdict.status == 0, "\(verdict.output)")
        }

        @Test func whatADeviceHasNotAcknowledgedStays() throws {
            let world = try World()
            try world.acknowledge()
            let phone = try world.cluster.client("Bob", device: "phone", on: 1)
            phone.close()
            try world.talk("missed", 60)
            try world.acknowledge()
            try world.rest()
            let refused = try world.archive(before: 301)
            #expect(refused.status == 1, "\(refused.output)")
            #expect(refused.output.contains("device phone of user 2 has acknowledged its feed up to position"))
            let kept = try #require(Int(try world.cluster.query("select min(position) from chat_log.events")[0]))
            #expect(kept == 201, "what lies before its cursor went")
            let back = try world.cluster.client("Bob", device: "phone", on: 1)
            let push = try back.message("missed 60")
            #expect(back.texts.filter { $0.hasPrefix("missed") && !$0.contains("group") }.count == 60)
            let last = try back.message(try world.acknowledge())
            let position = try #require((last.params["position"] ?? push.params["position"])?.intValue)
            try back.call("ack", ["position": .integer(position)])
            try world.rest()
            let run = try world.archive(before: 301)
            #expect(run.status == 0, "\(run.output)")
        }

        @Test func nobodyNoticesAnArchivingThatIsKilledAgainAndAgain() throws {
            let world = try World()
            try world.acknowledge()
            try world.rest()
            let (cluster, folder) = (world.cluster, world.folder)
            let (stop, tally, ports) = (Flag(), Tally(), cluster.ports)
            let traffic = Background {
                try PersistentSender("Ann", to: .user("Bob"), ports: ports).run("live", until: stop, tally: tally)
            }
            try tally.wait(for: 20)
            for text in ["positions 1 to", "written", "dropped"] {
                let running = try cluster.start(
                    "chat-audit", ["archive", "\(folder)/old", "--before", "201", "--drop"])
                _ = try running.read(until: text)
                // Nobody holds it any more: it is killed.
            }
            let run = try world.archive(before: 201)
            #expect(run.status == 0, "\(run.output)")
            try tally.wait(for: tally.count + 20)
            stop.raise()
            let sent = Set(try traffic.value().map(\.text))
            try world.bob.wait("all that was sent") { sent.isSubset(of: $0.texts) }
            try world.rest()
            let verdict = try world.audit(
                "verify", "--archive", "\(folder)/old", "--public-key", "\(folder)/public", "--json")
            #expect(verdict.status == 0, "\(verdict.output)")
            #expect(try world.replay("verify", "--archive", "\(folder)/old").status == 0)
        }

        @Test func aPersonInTheArchiveIsErasedAllTheSame() throws {
            let world = try World()
            try world.acknowledge()
            try world.rest()
            #expect(try world.archive(before: 201).status == 0)
            let counted = try world.audit(
                "erase", "Ann", "--reason", "asked", "--texts", "--dry-run", "--archive",
                "\(world.folder)/old")
            let certificate = try JSONValue.parse(try #require(counted.jsonLines.last))
            #expect(certificate["uncounted"] == nil && certificate["unreadable"]?[0]?["first"]?.intValue ?? 999 < 100)
            let erased = try world.audit("erase", "Ann", "--reason", "asked", "--texts")
            #expect(erased.status == 0 && erased.output.contains(#""uncounted":{"first":1,"last":200}"#))
            try world.rest()
            let play = try world.replay("play", "--speed", "0", "--archive", "\(world.folder)/old")
            #expect(play.status == 0 && !play.output.contains("early 120") && play.output.contains("early group 120"))
            // The log says of every destroyed key why, also once that is in an archive itself.
            let (bob, other) = (world.bob, try world.cluster.client("Bob", device: "other", on: 1))
            for number in 1...100 {
                try bob.groupChat(world.group, "one \(number)")
                try other.groupChat(world.group, "two \(number)")
            }
            for (client, text) in [(bob, "two 100"), (other, "one 100")] {
                let push = try client.message(text)
                try client.call("ack", ["position": .integer(push.params["position"]?.intValue ?? 0)])
            }
            try world.rest()
            let more = try world.archive(before: 401)
            #expect(more.status == 0, "\(more.output)")
            #expect(
                try world.cluster.query("select count(*) from chat_log.kept_events where type = 'AccountDeleted'") == [
                    "1"
                ])
            let verify = try world.replay("verify", "--archive", "\(world.folder)/old")
            #expect(verify.status == 0, "\(verify.output)")
        }
    }
}
