import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    /// Something dies, stands still or comes back empty under traffic; nobody loses or doubles anything.
    @Suite("Faults under traffic")
    struct FaultTests {
        /// Contract: R1, R3.
        @Test func aMessageIsNotLostWhenTheRecipientsNodeDies() async throws {
            let cluster = try ClusterFixture()
            let traffic = try Traffic(cluster)
            try traffic.wait(for: 100)
            cluster.nodes[1].kill()
            try traffic.wait(for: 100)
            try cluster.nodes[1].start()
            try cluster.nodes[1].waitUntilReady()
            cluster.nodes[0].kill()
            try traffic.wait(for: 100)
            try await traffic.expectNothingLostOrDoubled(cluster)
        }

        /// Contract: R1, T10.
        @Test func aMessageIsNotLostWhenRedisRestartsEmpty() async throws {
            let cluster = try ClusterFixture()
            let redis = try #require(cluster.redis)
            let traffic = try Traffic(cluster)
            try traffic.wait(for: 100)
            try redis.restartEmpty()
            try traffic.wait(for: 100)
            _ = try redis.command("flushall")
            try traffic.wait(for: 100)
            // Away: the nodes are ready, say that they are degraded, and go on.
            redis.kill()
            try traffic.wait(for: 100)
            for node in cluster.nodes {
                try eventually("degraded") { try node.get("/readyz").contains(#""degraded":["redis"]"#) }
                #expect(node.isReady)
            }
            try traffic.wait(for: 100)
            try redis.restart()
            for node in cluster.nodes {
                try eventually("no longer degraded") { try node.get("/readyz").contains(#""degraded":[]"#) }
            }
            try traffic.wait(for: 100)
            try await traffic.expectNothingLostOrDoubled(cluster)
        }

        /// Contract: R1.
        @Test func aMessageIsNotLostWhenTheOnlineStateIsStale() throws {
            // The reader's node is gone, and everybody still believes the reader to be there.
            let cluster = try ClusterFixture()
            let writer = try cluster.register("writer")
            let reader = try cluster.register("reader")
            let sender = try cluster.client(writer)
            let phone = try cluster.client(reader, device: "phone", on: 1)
            try sender.chat(reader, "seen")
            let seen = try phone.message("seen").position
            try phone.call("ack", ["position": .integer(seen)])
            cluster.nodes[1].kill()
            for number in 1...20 { try sender.chat(reader, "stale \(number)") }
            let back = try cluster.client(reader, device: "phone", on: 0)
            try back.message("stale 20")
            #expect(back.texts == (1...20).map { "stale \($0)" })
            try sender.chat(reader, "fresh")
            try back.message("fresh")
        }

        /// Contract: R1, E8.
        @Test func aPausedNodeAppendsNothingAndLosesNothing() async throws {
            let cluster = try ClusterFixture()
            let writer = try cluster.register("writer")
            let reader = try cluster.register("reader")
            let sleeper = try cluster.client(writer, device: "sleeper", on: 1)
            let traffic = try Traffic(cluster)
            try traffic.wait(for: 100)
            try cluster.nodes[1].pause()
            // What reaches it now is read when it wakes, under a term that has ended.
            let late = try sleeper.send("chat", ["to": .string(reader), "text": "late"])
            try eventually("the paused node is declared lost") {
                try cluster.query("select 1 from chat_log.events where type = 'NodeLost' and stream = 'node:b'") == [
                    "1"
                ]
            }
            try traffic.wait(for: 50)
            cluster.nodes[1].wake()
            do {
                _ = try sleeper.reply(to: late)
                Issue.record("a node that was declared lost has answered")
            } catch ClientFailure.closed {
            } catch ClientFailure.refused(let refusal) {
                #expect(refusal.reason == "unavailable")
            }
            try sleeper.waitForEnd()
            try cluster.nodes[1].waitUntilReady()
            let back = try cluster.client(writer, device: "sleeper", on: 1)
            #expect(try back.chat(reader, "after")["seq"] == 1)
            try traffic.wait(for: 100)
            try await traffic.expectNothingLostOrDoubled(cluster)
        }

        // Two processes under one name ended each other's sessions for ever.
        @Test func ofTwoProcessesUnderOneNameTheLaterOneHasIt() throws {
            let cluster = try ClusterFixture(nodes: 1)
            let (writer, reader) = (try cluster.register("writer"), try cluster.register("reader"))
            let first = try cluster.client(writer)
            try first.chat(reader, "to the first")
            let later = cluster.node(named: "a")
            try later.start()
            #expect(try cluster.nodes[0].waitForEnd() == 3)
            #expect(cluster.nodes[0].logEnd.contains("another process has joined under this node's name"))
            try later.waitUntilReady()
            let second = try ScriptedClient(port: later.port)
            try second.login(reader)
            try second.message("to the first")
            #expect(try second.chat(writer, "to the later one")["seq"] == 2)
            later.terminate()
            #expect(try later.waitForEnd() == 0)
        }

        /// Contract: R1.
        @Test func noAnsweredMessageIsLostWhenPostgresIsKilled() async throws {
            let cluster = try ClusterFixture(ownPostgres: true)
            let traffic = try Traffic(cluster)
            try traffic.wait(for: 100)
            cluster.postgres.kill()
            try cluster.postgres.startAfterKill()
            try traffic.wait(for: 100)
            try await traffic.expectNothingLostOrDoubled(cluster)
        }

        // Reads of the log waited without end: logins and the feed hung for as long as the database did.
        /// Contract: R1, E8.
        @Test func whilePostgresStandsStillEverythingGets503AndAfterwardsNothingIsMissing() async throws {
            let cluster = try ClusterFixture(ownPostgres: true)
            let name = try cluster.register("asker")
            let asker = try cluster.client(name)
            let traffic = try Traffic(cluster)
            try traffic.wait(for: 100)
            try cluster.postgres.freeze()
            let unavailable = ClientRefusal(503, "unavailable")
            let password = JSONValue.string(ScriptedClient.password)
            #expect(try asker.refusal("friends") == unavailable)
            let login: JSONObject = ["name": .string(name), "password": password]
            #expect(try cluster.client(1).refusal("login", login) == unavailable)
            #expect(try asker.refusal("chat", ["to": .string(name), "text": "in vain"]) == unavailable)
            for node in cluster.nodes {
                try eventually("the node says what it lacks") {
                    let answer = try node.get("/readyz")
                    return answer.hasPrefix("HTTP/1.1 503") && answer.contains("database")
                }
            }
            cluster.postgres.thaw()
            for node in cluster.nodes { try node.waitUntilReady() }
            try traffic.wait(for: 100)
            try eventually("the asker is served again") { try asker.refusal("friends") == nil }
            try await traffic.expectNothingLostOrDoubled(cluster)
        }

        // The node gave up, and the server went on for nobody, on a connection that was not there any more.
        @Test func aReadThatIsGivenUpEndsInTheServerToo() throws {
            let cluster = try ClusterFixture(nodes: 1, ownPostgres: true)
            let asker = try cluster.client(try cluster.register("asker"))
            let locking = Background {
                try? cluster.query(
                    "begin; lock table chat_read.friends in access exclusive mode; select pg_sleep(600)")
            }
            let sleeps = "query like '%pg_sleep(600)%' and pid <> pg_backend_pid()"
            try eventually("the table is locked") {
                try cluster.query(
                    "select 1 from pg_stat_activity where \(sleeps) and wait_event = 'PgSleep'") == ["1"]
            }
            #expect(try asker.refusal("friends") == ClientRefusal(503, "unavailable"))
            try eventually("nothing that was given up waits for the lock") {
                try cluster.query(
                    """
                    select 1 from pg_stat_activity where application_name = 'chatserver a' and wait_event_type = 'Lock'
                    """) == []
            }
            _ = try cluster.query("select pg_terminate_backend(pid) from pg_stat_activity where \(sleeps)")
            _ = try locking.value()
            try eventually("it is answered again") { try asker.refusal("friends") == nil }
        }

        // It waited for the last acknowledgements and for its own farewell for as long as the database hung.
        @Test func aNodeEndsInTimeAlthoughPostgresStandsStill() throws {
            let cluster = try ClusterFixture(nodes: 1, ownPostgres: true)
            let (writer, reader) = (try cluster.register("writer"), try cluster.register("reader"))
            let client = try cluster.client(writer)
            let phone = try cluster.client(reader, device: "phone")
            try client.chat(reader, "before")
            let position = try phone.message("before").position
            try cluster.postgres.freeze()
            try phone.send("ack", ["position": .integer(position)])
            try client.send("chat", ["to": .string(reader), "text": "in flight"])
            cluster.nodes[0].terminate()
            #expect(try cluster.nodes[0].waitForEnd() == 0)
            // By its limit, and not because something else has given up.
            #expect(cluster.nodes[0].logEnd.contains("the node ends without having taken its leave"))
            cluster.postgres.thaw()
        }

        /// Contract: E8, T8.
        @Test func whatGot503IsNotStored() throws {
            let cluster = try ClusterFixture(ownPostgres: true)
            let names = try (0..<3).map { _ in try cluster.register("sender") }
            let reader = try cluster.register("reader")
            let stop = Flag()
            let tally = Tally()
            let senders = names.enumerated().map { number, name in
                Background { [ports = cluster.ports] () throws -> ([String], [String]) in
                    let sender = PersistentSender(name, to: .user(reader), ports: ports, beginningWith: number)
                    sender.givesUpOnUnavailable = true
                    _ = try sender.run("from \(number)", until: stop, tally: tally)
                    return (sender.sent.map(\.text), sender.unavailable)
                }
            }
            try tally.wait(for: 100)
            cluster.postgres.kill()
            try eventually("a node says that it has no database") { !cluster.nodes.allSatisfy(\.isReady) }
            try cluster.postgres.startAfterKill()
            try tally.wait(for: tally.count + 100)
            stop.raise()
            let outcomes = try senders.map { try $0.value() }
            for (number, outcome) in outcomes.enumerated() {
                let client = try cluster.client(names[number])
                let me = try #require(try client.call("whoami")["user"]?["id"]?.intValue)
                let other = try #require(
                    try client.call("finduser", ["query": .string(reader)])["users"]?[0]?["id"]?.intValue)
                let conversation = "direct:\(min(me, other)):\(max(me, other))"
                let texts = try client.history(conversation).compactMap { $0["text"]?.stringValue }
                #expect(texts == outcome.0, "everything answered, once; nothing that got 503")
                #expect(Set(texts).isDisjoint(with: outcome.1))
            }
        }
    }
}
