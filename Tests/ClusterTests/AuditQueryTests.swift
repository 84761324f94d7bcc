import ChatTestKit
import Foundation
import JSONText
import Testing

extension ClusterTests {
    /// `chat-audit query` over what real nodes wrote.
    @Suite("Questions to the log")
    struct AuditQueryTests {
        /// Two people and a group on two nodes; the second one has an account no more at the end.
        private struct World {
            let cluster: ClusterFixture
            let ann: String
            let bob: String
            let a: Int64
            let b: Int64
            let group: Int64

            init() throws {
                cluster = try ClusterFixture()
                ann = try cluster.register("ann")
                bob = try cluster.register("bob")
                let phone = try cluster.client(ann, device: "phone", on: 0)
                let desk = try cluster.client(bob, device: "desk", on: 1)
                a = try phone.ownID()
                b = try desk.ownID()
                try phone.call("addfriend", ["user": .string(bob)])
                try desk.call("acceptfriend", ["user": .string(ann)])
                for number in 1...3 { try phone.chat(bob, "secret \(number)", key: "key-\(number)") }
                try desk.chat(ann, "reply")
                group = try phone.createGroup("climbers")
                try desk.call("joingroup", ["group": .integer(group)])
                try desk.groupChat(group, "rope?")
                try phone.groupChat(group, "yes")
                try phone.call("kick", ["group": .integer(group), "user": .string(bob)])
                // More than a span, so that the projection is asked, and not the log's end alone.
                for number in 1...150 { try phone.chat(bob, "filling \(number)") }
            }

            func run(_ arguments: String...) throws -> ProgramRun {
                try cluster.run("chat-audit", ["query"] + arguments)
            }

            func query(_ arguments: String...) throws -> [JSONValue] {
                let run = try cluster.run("chat-audit", ["query", "--json", "--limit", "1000"] + arguments)
                #expect(run.status == 0, "\(run.output)")
                return try run.jsonLines.map { try JSONValue.parse(Array($0.utf8)) }
            }

            /// Types, with how many of each follow each other.
            func types(_ arguments: String...) throws -> [String] {
                let run = try cluster.run("chat-audit", ["query", "--json", "--limit", "1000"] + arguments)
                #expect(run.status == 0, "\(run.output)")
                return try run.jsonLines.map { try JSONValue.parse(Array($0.utf8))["type"]?.stringValue ?? "" }
            }

            func foldedAll() throws {
                try eventually("the projection is at the log's end") {
                    try cluster.query(
                        """
                        select position >= chat_log.head() - 1 and position > 128 from chat_read.projections
                        where live and projection = 'audit'
                        """) == ["t"]
                }
            }
        }

        @Test func everyFilterFindsWhatItNamesAndNothingElse() throws {
            let world = try World()
            try world.foldedAll()
            let (a, b, group) = (world.a, world.b, world.group)

            let all = try world.query()
            let positions = all.compactMap { $0["position"]?.intValue }
            #expect(positions == positions.sorted(by: >) && positions.last == 1)
            #expect(positions.count == Int(positions[0]))

            let byBob = try world.query("--actor", world.bob)
            #expect(byBob.count == all.filter { $0["actor"]?["id"]?.intValue == b }.count && !byBob.isEmpty)
            let concerned = try world.query("--user", "\(b)")
            let expected = all.filter { entry in
                let subjects = entry["subjects"]?.arrayValue?.compactMap { $0["id"]?.intValue } ?? []
                return entry["type"] != "FeedAcknowledged"
                    && (entry["actor"]?["id"]?.intValue == b || subjects.contains(b))
            }
            #expect(concerned == expected && concerned.count > 155)
            let acknowledged = try world.query("--user", world.bob, "--type", "FeedAcknowledged")
            #expect(acknowledged.allSatisfy { $0["type"] == "FeedAcknowledged" })

            #expect(
                try world.types("--group", "\(group)")
                    == ["MemberKicked", "MessageSent", "MessageSent", "MemberJoined", "GroupCreated"])
            #expect(try world.types("--conversation", "direct:\(a):\(b)").count == 154)
            #expect(try world.types("--conversation", "group:\(group)") == ["MessageSent", "MessageSent"])
            #expect(
                try world.types("--type", "MemberKicked", "--type", "GroupCreated") == ["MemberKicked", "GroupCreated"])
            #expect(try world.types("--node", "b", "--type", "SessionOpened") == ["SessionOpened"])
            #expect(try world.types("--device", "desk", "--type", "MessageSent") == ["MessageSent", "MessageSent"])
            let own = try world.types("--address", "127.0.0.0/8", "--type", "MessageSent")
            #expect(own.count == 156)
            #expect(
                try world.types("--address", "127.0.0.1", "--actor", world.bob, "--type", "MemberJoined").count == 1)
            #expect(try world.query("--address", "10.0.0.0/8").isEmpty)
            #expect(try world.types("--actor", world.ann, "--group", "\(group)", "--type", "MessageSent").count == 1)
        }

        @Test func anEntryHasTheFieldsOfTheContract() throws {
            let world = try World()
            try world.foldedAll()
            let said = try #require(try world.query("--type", "MessageSent", "--actor", world.bob).last)
            #expect(
                said.objectValue?.names == [
                    "position", "epoch", "type", "at", "actor", "subjects", "conversation", "seq", "device", "address",
                    "node",
                ])
            #expect(said["actor"] == ["id": .integer(world.b), "name": .string(world.bob)])
            #expect(said["subjects"] == [["id": .integer(world.a), "name": .string(world.ann)]])
            #expect(
                said["seq"] == 4 && said["device"] == "desk" && said["node"] == "b" && said["address"] == "127.0.0.1")
            let keyed = try world.query("--actor", world.ann, "--type", "MessageSent").last
            #expect(keyed?["key"] == "key-1")
            let secret = try world.query("--conversation", "direct:\(world.a):\(world.b)", "--texts")
            #expect(secret.last?["text"] == "secret 1" && secret.count == 154)
        }

        @Test func pagesMeetWithoutAGapAndTimesBoundThem() throws {
            let world = try World()
            try world.foldedAll()
            let whole = try world.query("--actor", world.ann, "--type", "MessageSent")
            var paged: [JSONValue] = []
            var until: [String] = []
            while true {
                let run = try world.cluster.run(
                    "chat-audit",
                    ["query", "--format", "json", "--actor", world.ann, "--type", "MessageSent", "--limit", "40"]
                        + until)
                let page = try run.jsonLines.map { try JSONValue.parse(Array($0.utf8)) }
                paged += page
                guard page.count == 40, let last = page.last?["position"]?.intValue else { break }
                #expect(run.output.contains("--until \(last)"))
                until = ["--until", "\(last)"]
            }
            #expect(paged == whole && paged.count == 154)

            let middle = whole[77]
            let position = try #require(middle["position"]?.intValue)
            let newer = try world.query("--actor", world.ann, "--type", "MessageSent", "--since", "\(position)")
            #expect(newer == Array(whole[...77]))
            let first = try #require(whole.last?["at"]?.stringValue)
            #expect(try world.query("--type", "MessageSent", "--until", first).isEmpty)
            #expect(try world.query("--actor", world.ann, "--type", "MessageSent", "--since", first) == whole)
            #expect(try world.query("--until", "2020-01-01").isEmpty)
        }

        @Test func anAnswerIsTheSameWhileTheProjectionIsBehind() throws {
            let world = try World()
            try world.foldedAll()
            let filters = [
                ["--actor", world.ann], ["--user", world.bob], ["--group", "\(world.group)"], ["--device", "desk"],
                ["--address", "127.0.0.1", "--type", "MessageSent"], ["--node", "b"], ["--outcome", "disconnected"],
            ]
            let head = try #require(try world.query().first?["position"]?.intValue)
            for node in world.cluster.nodes { node.kill() }
            func answers() throws -> [[String]] {
                try filters.map { filter in
                    let bounded = filter + ["--until", "\(head + 1)", "--limit", "1000", "--json"]
                    return try world.cluster.run("chat-audit", ["query"] + bounded).jsonLines
                }
            }
            let folded = try answers()
            #expect(folded.allSatisfy { !$0.isEmpty })
            // As if nothing had been folded: all is read from the log.
            _ = try world.cluster.query("update chat_read.projections set position = 0 where projection = 'audit'")
            _ = try world.cluster.query(
                "do $$ begin execute (select 'truncate chat_read.audit_spans_1, chat_read.audit_addresses_1'); end $$")
            #expect(try answers() == folded)
        }

        @Test func tablesAndCommaSeparatedLinesHaveAHeading() throws {
            let world = try World()
            let csv = try world.run("--format", "csv", "--type", "GroupCreated")
            let lines = csv.output.split(whereSeparator: \.isNewline)
            #expect(lines.first?.hasPrefix("position,epoch,type,at,actor_id,actor,subject_ids") == true)
            #expect(lines.count == 2 && lines[1].contains(",GroupCreated,"))
            let table = try world.run("--type", "GroupCreated")
            #expect(table.output.contains("POSITION") && table.output.contains(world.ann))
            #expect(!table.output.contains("TEXT"))
        }

        @Test func whatIsAskedForWronglyEndsWithTwoAndWhoIsUnknownWithOne() throws {
            let cluster = try ClusterFixture.shared()
            let wrong = [
                ["--type", "Nothing"], ["--address", "nowhere"], ["--conversation", "direct:9:3"], ["--limit", "0"],
                ["--since", "yesterday"], ["--format", "xml"], ["--group", "x"], ["--follow", "--until", "4"],
            ]
            for arguments in wrong { #expect(try cluster.run("chat-audit", ["query"] + arguments).status == 2) }
            for nobody in ["no such name", "999999999"] {
                let run = try cluster.run("chat-audit", ["query", "--user", nobody])
                #expect(run.status == 1 && run.output.contains("there is no user"), "\(run.output)")
            }
            let away = try ProgramRun("chat-audit", ["query", "--database", "host=/nowhere"])
            #expect(away.status == 3)
        }
    }
}
