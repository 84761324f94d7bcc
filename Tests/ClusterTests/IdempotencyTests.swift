import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    /// Whatever happens between a command and its answer: under its key it is carried out once, with one result.
    /// Contract: V10, R5.
    @Suite("Idempotency")
    struct IdempotencyTests {
        let cluster = Result { try ClusterFixture.shared() }

        @Test func everyCommandUnderItsKeyIsCarriedOutOnceOnWhateverNode() throws {
            let cluster = try cluster.get()
            let people = try Pair(cluster)
            for (method, params) in try people.commands() {
                var keyed = params
                keyed["key"] = .string("\(method)-once")
                let first = try people.here.call(method, keyed)
                #expect(first["duplicate"] == nil, "\(method)")
                let head = try cluster.head()
                for client in [people.here, people.there] {
                    let again = try client.call(method, keyed)
                    #expect(again["duplicate"] == true, "\(method)")
                    #expect(again.without("duplicate") == first, "\(method)")
                }
                #expect(try cluster.changes(after: head) == [], "\(method)")
            }
        }

        @Test func sentAtOnceOnTwoNodesACommandHappensOnceUnderItsKey() throws {
            let cluster = try cluster.get()
            let people = try Pair(cluster)
            for round in 1...20 {
                let params: JSONObject = [
                    "to": .string(people.other), "text": .string("round \(round)"), "key": .string("round-\(round)"),
                ]
                let ids = (try people.here.send("chat", params), try people.there.send("chat", params))
                let answers = (try people.here.reply(to: ids.0), try people.there.reply(to: ids.1))
                #expect([answers.0, answers.1].count { $0["duplicate"] == true } == 1)
                #expect(answers.0.without("duplicate") == answers.1.without("duplicate"))
                #expect(answers.0["seq"]?.intValue == Int64(round))
            }
        }

        @Test func whatWasCommittedByANodeThatDiedBeforeItsAnswerHappensOnce() throws {
            let cluster = try ClusterFixture()
            let people = try Pair(cluster)
            let params: JSONObject = ["to": .string(people.other), "text": "only once", "key": "crash"]
            let lock = try LogLock(cluster)
            _ = try people.there.send("chat", params)
            try lock.waitForAppend()
            // The node has sent the append, and will never see what became of it.
            try cluster.nodes[1].pause()
            lock.release()
            try eventually("the append is committed") { try cluster.messages() == 1 }
            cluster.nodes[1].kill()
            let again = try people.here.call("chat", params)
            #expect(again["duplicate"] == true && again["seq"] == 1)
            #expect(try cluster.messages() == 1)
        }

        @Test func aRebuildOfTheReadTablesForgetsNoKey() throws {
            let cluster = try ClusterFixture()
            let people = try Pair(cluster)
            let params: JSONObject = ["to": .string(people.other), "text": "before", "key": "rebuild"]
            let first = try people.here.call("chat", params)
            #expect(try cluster.run("chat-replay", ["rebuild"]).status == 0)
            let again = try people.there.call("chat", params)
            #expect(again["duplicate"] == true && again.without("duplicate") == first)
        }

        /// Contract: V10, E4.
        @Test func aKeyBelongsToOneUserOneMethodAndOneMeaning() throws {
            let people = try Pair(try cluster.get())
            let text: JSONObject = ["to": .string(people.other), "text": "hello", "key": "mine"]
            try people.here.call("chat", text)
            var byNumber = text
            byNumber["to"] = .integer(people.otherID)
            #expect(try people.there.call("chat", byNumber)["duplicate"] == true)
            var changed = text
            changed["text"] = "hullo"
            #expect(try people.here.refusal("chat", changed)?.reason == "key_reused")
            let method: JSONObject = ["name": "a group", "key": "mine"]
            #expect(try people.here.refusal("creategroup", method)?.reason == "key_reused")
            let others: JSONObject = ["to": .string(people.name), "text": "hello", "key": "mine"]
            #expect(try people.friend.call("chat", others)["duplicate"] == nil)
        }

        /// Contract: V10.
        @Test func aRefusalIsNotRememberedUnderItsKey() throws {
            let people = try Pair(try cluster.get())
            let params: JSONObject = ["user": .string(people.other), "key": "accept"]
            #expect(try people.here.refusal("acceptfriend", params)?.reason == "no_such_request")
            try people.friend.call("addfriend", ["user": .string(people.name)])
            #expect(try people.here.call("acceptfriend", params)["state"] == "friends")
            #expect(try people.there.call("acceptfriend", params)["duplicate"] == true)
        }

        @Test func aRegistrationUnderItsKeyNeedsTheSamePassword() throws {
            let cluster = try cluster.get()
            let name = try cluster.register("unused") + "x"
            let params: JSONObject = ["name": .string(name), "password": "correct horse", "key": "register"]
            let first = try cluster.client(0).call("register", params)
            let again = try cluster.client(1).call("register", params)
            #expect(again["duplicate"] == true && again.without("duplicate") == first)
            var guess = params
            guess["password"] = "another horse"
            #expect(try cluster.client(1).refusal("register", guess)?.reason == "name_taken")
        }
    }
}

/// One user on both nodes, and another one.
private struct Pair {
    let name: String
    let other: String
    let otherID: Int64
    let here: ScriptedClient
    let there: ScriptedClient
    let friend: ScriptedClient

    init(_ cluster: ClusterFixture) throws {
        name = try cluster.register("keyed")
        other = try cluster.register("other")
        here = try cluster.client(name, device: "here", on: 0)
        there = try cluster.client(name, device: "there", on: 1)
        friend = try cluster.client(other, on: 0)
        otherID = try #require(try friend.call("whoami")["user"]?["id"]?.intValue)
    }

    /// Changing commands, in an order in which each one can be carried out.
    func commands() throws -> [(String, JSONObject)] {
        let theirs = try friend.createGroup("theirs")
        let mine = try here.createGroup("mine")
        return [
            ("addfriend", ["user": .string(other)]),
            ("removefriend", ["user": .string(other)]),
            ("creategroup", ["name": "keyed"]),
            ("joingroup", ["group": .integer(theirs)]),
            ("groupchat", ["group": .integer(theirs), "text": "hello"]),
            ("leavegroup", ["group": .integer(theirs)]),
            ("deletegroup", ["group": .integer(mine)]),
            ("chat", ["to": .string(other), "text": "hello"]),
        ]
    }
}

/// Holds the lock under which everything is appended, until it is released.
private final class LogLock {
    private let cluster: ClusterFixture
    private let holder: Background<Void>
    private static let key: Int64 = 7_166_192_731_461_542_503
    private static let isHolder = "wait_event = 'PgSleep' and datname = current_database()"

    init(_ cluster: ClusterFixture) throws {
        self.cluster = cluster
        holder = Background { _ = try? cluster.query("select pg_advisory_lock(\(LogLock.key)), pg_sleep(60)") }
        try eventually("the lock is held") {
            try cluster.query("select 1 from pg_stat_activity where \(LogLock.isHolder)") == ["1"]
        }
    }

    /// Waits until an append waits for the lock.
    func waitForAppend() throws {
        try eventually("an append waits for the lock") {
            try cluster.query(
                """
                select count(*) from pg_stat_activity
                where wait_event = 'advisory' and query like '%append%' and datname = current_database()
                """) == ["1"]
        }
    }

    func release() {
        _ = try? cluster.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where \(Self.isHolder)")
        _ = try? holder.value()
    }
}

extension ClusterFixture {
    fileprivate func head() throws -> Int64 { Int64(try query("select chat_log.head()").first ?? "") ?? 0 }

    fileprivate func messages() throws -> Int {
        Int(try query("select count(*) from chat_log.events where type = 'MessageSent'").first ?? "") ?? 0
    }

    /// The types of events after a position that a client's command has caused.
    fileprivate func changes(after position: Int64) throws -> [String] {
        try query(
            """
            select type from chat_log.events where position > \(position)
            and type not in ('FeedAcknowledged', 'SessionOpened', 'SessionClosed') order by position
            """)
    }
}

extension JSONValue {
    fileprivate func without(_ name: String) -> JSONValue {
        guard case .object(var object) = self else { return self }
        object[name] = nil
        return .object(object)
    }
}
