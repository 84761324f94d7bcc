import ChatTestKit
import JSONText
import Testing

/// `chat-replay play` over what real nodes wrote.
@Suite struct PlayTests {
    /// Two people and a group, with what is said and done; gives the lines that tell it, without times and days.
    private struct Story {
        let cluster: ClusterFixture
        let ann: String
        let bob: String
        let group: Int64
        let conversation: String

        init() throws {
            cluster = try ClusterFixture(nodes: 1, withRedis: false)
            ann = try cluster.register("ann")
            bob = try cluster.register("美咲")
            let (a, b) = (try cluster.client(ann), try cluster.client(bob))
            try a.call("addfriend", ["user": .string(bob)])
            try b.call("acceptfriend", ["user": .string(ann)])
            conversation = try #require(try a.chat(bob, "good morning")["conversation"]?.stringValue)
            try b.call("chat", ["to": .string(ann), "text": "会議は十時です\nreally", "replyTo": 1])
            try a.chat(bob, "\u{1B}[2Jcleared\u{202E}?")
            try a.call("edit", ["conversation": .string(conversation), "seq": 1, "text": "good evening"])
            try b.call("react", ["conversation": .string(conversation), "seq": 1, "emoji": "🎉"])
            try a.call("recall", ["conversation": .string(conversation), "seq": 3])
            group = try a.createGroup("lunch")
            try b.call("joingroup", ["group": .integer(group)])
            try a.groupChat(group, "soup?")
            try a.call("setrole", ["group": .integer(group), "user": .string(bob), "role": "admin"])
            try a.call("updategroup", ["group": .integer(group), "name": "dinner"])
            try b.groupChat(group, "後で")
            try a.call("kick", ["group": .integer(group), "user": .string(bob)])
        }

        func play(_ arguments: String...) throws -> ProgramRun {
            try cluster.run("chat-replay", ["play", "--speed", "0"] + arguments)
        }

        func lines(_ arguments: String...) throws -> [String] {
            let run = try cluster.run("chat-replay", ["play", "--speed", "0"] + arguments)
            #expect(run.status == 0, "\(run.output)")
            return run.output.split(separator: "\n").filter { !$0.hasPrefix("──") }.map { line in
                // The time is eight columns and two spaces.
                String(line.dropFirst(line.first?.isNumber == true ? 10 : 0))
            }
        }
    }

    @Test func aConversationIsToldFromItsFirstWordToItsLast() throws {
        let story = try Story()
        let (ann, bob) = (story.ann, story.bob)
        // 美咲 takes four columns.
        let (left, right) = ("\(ann) → \(bob)", "\(bob) → \(ann)")
        func label(_ text: String) -> String { text + String(repeating: " ", count: 26 - text.count - 2) }
        let none = String(repeating: " ", count: 26)
        let told = [
            "\(none)\(ann) registered", "\(none)\(bob) registered",
            "\(none)\(ann) asks \(bob) to be friends", "\(none)\(ann) and \(bob) are friends",
            "\(label(left))#1 good morning", "\(label(right))#2 (to #1) 会議は十時です",
            String(repeating: " ", count: 36) + "really", "\(label(left))#3 ^[[2Jcleared\\u{202E}?",
            "\(label(left))#1 is now: good evening", "\(label(right))#1 🎉", "\(label(left))#3 taken back",
        ]
        #expect(try story.lines("--conversation", story.conversation) == told)
        #expect(try story.lines("--conversation", "direct:\(bob):\(ann)") == told)
    }

    @Test func aGroupIsToldUnderTheNameThatItHadThen() throws {
        let story = try Story()
        let (ann, bob) = (story.ann, story.bob)
        let lines = try story.lines("--conversation", "group:\(story.group)")
        let told = lines.map { $0.split(separator: " ").joined(separator: " ") }
        #expect(
            told == [
                "lunch created by \(ann)", "lunch \(bob) joined, 2 members", "lunch/\(ann) #1 soup?",
                "lunch \(ann) made \(bob) an admin", "lunch \(ann) renamed it to dinner", "dinner/\(bob) #2 後で",
                "dinner \(ann) removed \(bob), 1 members",
            ])
        #expect(try story.lines("--conversation", "group:dinner") == lines)
    }

    @Test func everythingTogetherStandsInTheOrderOfTheLog() throws {
        let story = try Story()
        let all = try story.lines()
        let direct = try story.lines("--conversation", story.conversation)
        let group = try story.lines("--conversation", "group:\(story.group)")
        #expect(all == direct + group)
        #expect(try story.lines("--from", "1000000").isEmpty)
        #expect(try story.lines("--to", "0").isEmpty)
        let head = try #require(try story.cluster.query("select chat_log.head()").first.flatMap { Int($0) })
        let halves = try (story.lines("--to", "\(head / 2)"), story.lines("--from", "\(head / 2 + 1)"))
        #expect(halves.0 + halves.1 == all && !halves.0.isEmpty && !halves.1.isEmpty)
    }

    @Test func whoDeletedTheAccountHasNoNameAnyMore() throws {
        let story = try Story()
        let b = try story.cluster.client(story.bob)
        try b.call("deleteaccount", ["password": .string(ScriptedClient.password)])
        try eventually("the key is destroyed") {
            try story.cluster.query("select 1 from chat_log.events where type = 'KeyDestroyed'").count == 1
        }
        let output = try story.play().output
        #expect(!output.contains(story.bob) && output.contains("(deleted user "))
        #expect(output.contains("後で"))
    }

    @Test func whatIsSaidWhileItFollowsIsShownUntilItIsInterrupted() throws {
        let story = try Story()
        let a = try story.cluster.client(story.ann)
        for source in [[], ["--conversation", story.conversation]] {
            let following = try story.cluster.start("chat-replay", ["play", "--follow", "--speed", "0"] + source)
            #expect(try following.read(until: "#3 taken back").contains("good morning"))
            let last = "live \(source.count)"
            try a.chat(story.bob, last)
            #expect(try following.read(until: last).contains(last))
            following.terminate()
            #expect(following.waitForEnd().status == 0)
        }
    }

    @Test func aReaderThatGoesAwayEndsItWell() throws {
        let story = try Story()
        let a = try story.cluster.client(story.ann)
        let following = try story.cluster.start("chat-replay", ["play", "--follow", "--speed", "0"])
        _ = try following.read(until: "#3 taken back")
        following.stopReading()
        try a.chat(story.bob, "nobody reads this")
        #expect(following.waitForEnd().status == 0)
    }

    @Test func mistakesEndWithTwoAndWhatIsNotThereWithThree() throws {
        let nowhere = ["--database", "host=/nowhere"]
        for wrong in ["bob", "direct:1", "direct:1:2:3", "group"] {
            #expect(try ProgramRun("chat-replay", ["play", "--conversation", wrong] + nowhere).status == 2)
        }
        #expect(try ProgramRun("chat-replay", ["play", "--speed", "-1"] + nowhere).status == 2)
        let cluster = try ClusterFixture.shared()
        let unknown = try cluster.run("chat-replay", ["play", "--conversation", "direct:no.body:1"])
        #expect(unknown.status == 3 && unknown.output.contains("there is no user no.body"))
    }
}
