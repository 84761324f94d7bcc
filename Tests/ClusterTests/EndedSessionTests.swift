import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    @Suite("Sessions that are ended from elsewhere")
    struct EndedSessionTests {
        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        /// Logs in; gives the client, the session's name and the token.
        private func login(
            _ name: String, device: String? = nil, feed: Bool = true, on node: Int = 0
        ) throws -> (client: ScriptedClient, session: String, token: String) {
            let client = try cluster.client(node)
            var params: JSONObject = [
                "name": .string(name), "password": .string(ScriptedClient.password), "feed": .bool(feed),
            ]
            if let device { params["device"] = .string(device) }
            let result = try client.call("login", params)
            return (
                client, try #require(result["session"]?.stringValue), try #require(result["token"]?.stringValue)
            )
        }

        private func isGood(_ token: String, on node: Int) throws -> Bool {
            try cluster.client(node).refusal("login", ["token": .string(token), "feed": false]) == nil
        }

        /// The client is told to go and not to come back, whatever the node.
        private func expectRevoked(_ client: ScriptedClient) throws {
            #expect(try client.push("goaway", within: .seconds(5)).params == ["reason": "revoked"])
            try client.waitForEnd()
        }

        /// Contract: A8.
        @Test func sessionsShowsTheOpenOnesOfEveryNodeAndEveryDevice() throws {
            let name = try cluster.register("lists")
            let phone = try login(name, device: "phone", on: 0)
            let desk = try login(name, device: "desk", on: 1)
            let loose = try login(name, feed: false, on: 1)
            let gone = try login(name, device: "gone", on: 0)
            gone.client.close()
            try eventually("the lost connection's session is over", within: .seconds(5)) {
                try phone.client.call("sessions")["sessions"]?.arrayValue?.count == 3
            }
            let result = try phone.client.call("sessions")
            let sessions = try #require(result["sessions"]?.arrayValue)
            #expect(
                sessions.map { $0["session"]?.stringValue } == [phone.session, desk.session, loose.session])
            #expect(sessions.map { $0["device"] } == ["phone", "desk", .null])
            #expect(sessions.map { $0["node"] } == ["a", "b", "b"])
            #expect(sessions.map { $0["current"] } == [true, false, false])
            #expect(sessions.map { $0["address"] } == ["127.0.0.1", "127.0.0.1", "127.0.0.1"])
            #expect(sessions.allSatisfy { $0["openedAt"]?.stringValue?.hasSuffix("Z") == true })
            let devices = try #require(result["devices"]?.arrayValue)
            #expect(devices.map { $0["device"] } == ["desk", "gone", "phone"])
            #expect(devices.map { $0["online"] } == [true, false, true])
            #expect(devices.allSatisfy { $0["lastSeen"]?.stringValue?.hasSuffix("Z") == true })
        }

        /// Contract: A9, S2, P10.
        @Test(arguments: [0, 1]) func endingASessionSendsItAwayAndEndsItsToken(_ node: Int) throws {
            let name = try cluster.register("ends")
            let other = try cluster.register("other")
            let phone = try login(name, device: "phone", on: node)
            let desk = try login(name, device: "desk", on: 0)
            #expect(try desk.client.call("endsession", ["session": .string(phone.session)]) == [:])
            try expectRevoked(phone.client)
            let sessions = try desk.client.call("sessions")
            #expect(sessions["sessions"]?.arrayValue?.map { $0["session"]?.stringValue } == [desk.session])
            #expect(sessions["devices"]?.arrayValue?.map { $0["online"] } == [true, false])
            for node in 0...1 { #expect(try !isGood(phone.token, on: node)) }
            #expect(try isGood(desk.token, on: 1))
            let again = try desk.client.refusal("endsession", ["session": .string(phone.session)])
            #expect(again == ClientRefusal(404, "no_such_session"))
            let stranger = try cluster.client(other)
            let foreign = try stranger.refusal("endsession", ["session": .string(desk.session)])
            #expect(foreign == ClientRefusal(404, "no_such_session"))
            try desk.client.call("ping")
        }

        /// Contract: A9.
        @Test func aSessionThatEndsItselfHasItsAnswerAndThenGoes() throws {
            let name = try cluster.register("itself")
            let phone = try login(name, device: "phone")
            let ending = try phone.client.send("endsession", ["session": .string(phone.session)])
            #expect(try phone.client.reply(to: ending) == [:])
            try expectRevoked(phone.client)
            #expect(try !isGood(phone.token, on: 0))
        }

        @Test func aBatchThatEndsItsOwnSessionIsAnsweredWhole() throws {
            let phone = try login(try cluster.register("itself"), device: "phone")
            let requests = [
                #"{"jsonrpc":"2.0","id":"end","method":"endsession","params":{"session":"\#(phone.session)"}}"#,
                #"{"jsonrpc":"2.0","id":"who","method":"whoami"}"#,
                #"{"jsonrpc":"2.0","id":"in","method":"login","params":{"token":"\#(phone.token)"}}"#,
            ]
            try phone.client.sendRaw("[\(requests.joined(separator: ","))]\n")
            try expectRevoked(phone.client)
            let replies = try #require(phone.client.strays.first?.arrayValue)
            #expect(replies.map { $0["id"] } == ["end", "who", "in"])
            #expect(replies.map { $0["error"]?["code"] } == [nil, 401, 401])
        }

        /// Contract: A10.
        @Test(arguments: [true, false]) func endingADeviceForgetsItConnectedOrNot(_ isConnected: Bool) throws {
            let name = try cluster.register("device")
            let phone = try login(name, device: "phone", on: 1)
            let desk = try login(name, device: "desk", on: 0)
            if !isConnected {
                phone.client.close()
                try eventually("the phone is offline") {
                    try desk.client.call("sessions")["sessions"]?.arrayValue?.count == 1
                }
            }
            #expect(try desk.client.call("enddevice", ["device": "phone"]) == [:])
            if isConnected { try expectRevoked(phone.client) }
            let sessions = try desk.client.call("sessions")
            #expect(sessions["devices"]?.arrayValue?.map { $0["device"] } == ["desk"])
            #expect(sessions["sessions"]?.arrayValue?.count == 1)
            for node in 0...1 { #expect(try !isGood(phone.token, on: node)) }
            let again = try desk.client.refusal("enddevice", ["device": "phone"])
            #expect(again == ClientRefusal(404, "no_such_session"))
        }

        /// Contract: A10, S4.
        @Test func aDeviceThatComesAgainBeginsWhereTheFurthestOneIs() throws {
            let name = try cluster.register("again")
            let other = try cluster.register("writer")
            let writer = try cluster.client(other)
            let desk = try login(name, device: "desk")
            let phone = try login(name, device: "phone")
            try writer.chat(name, "one")
            let one = try desk.client.message("one")
            try phone.client.message("one")
            try desk.client.call("ack", ["position": .integer(one.position)])
            try desk.client.call("enddevice", ["device": "phone"])
            try writer.chat(name, "two")
            let back = try login(name, device: "phone").client
            try back.push("caughtup")
            #expect(back.texts == ["two"])
        }

        /// Contract: S1, L5.
        @Test func aDeviceThatHasToGoTakesItsOpenSessionWithIt() throws {
            let cluster = try ClusterFixture(settings: ["user.devices=2"])
            let name = try cluster.register("many")
            let friend = try cluster.register("friend")
            let first = try cluster.client(name, device: "first", on: 1)
            let second = try cluster.client(name, device: "second", on: 0)
            let third = try cluster.client(name, device: "third", on: 0)
            #expect(try first.push("goaway").params == ["reason": "revoked"])
            try first.waitForEnd()
            let devices = try third.call("sessions")["devices"]?.arrayValue?.map { $0["device"] }
            #expect(devices == ["second", "third"])
            // Whoever is told of presence no longer counts the session that had to go.
            let watcher = try cluster.client(friend, on: 1)
            try watcher.call("addfriend", ["user": .string(name)])
            try second.call("acceptfriend", ["user": .string(friend)])
            try watcher.push("friendadded")
            second.close()
            third.close()
            try watcher.push("presence", within: .seconds(10)) { $0["online"] == false }
        }

        @Test func aSessionThatEndsASessionOnAnotherNodeIsFollowedWithoutRedisToo() throws {
            let cluster = try ClusterFixture(withRedis: false)
            let name = try cluster.register("log")
            let phone = try cluster.client(1)
            let session = try #require(try phone.login(name, device: "phone")["session"]?.stringValue)
            let desk = try cluster.client(name, device: "desk", on: 0)
            try desk.call("endsession", ["session": .string(session)])
            #expect(try phone.push("goaway", within: .seconds(5)).params == ["reason": "revoked"])
        }

        // Its node went on to push what it read from the log itself, and what the relay would have sent was missing
        // between.
        /// Contract: R2.
        @Test func aLogoutOfWhichTheAnswerWasLostIsTheEndOfItsFeed() throws {
            let cluster = try ClusterFixture(nodes: 1, withRedis: false)
            let (name, writer) = (try cluster.register("leaver"), try cluster.register("writer"))
            let leaving = try cluster.client(name, device: "phone")
            let desk = try cluster.client(name, device: "desk")
            let sender = try cluster.client(writer)
            try sender.chat(name, "before")
            for client in [leaving, desk] { try client.message("before") }
            try storeLogout(ofDevice: "phone", in: cluster)
            try sender.chat(name, "after")
            try desk.message("after")
            try leaving.call("ping")
            #expect(leaving.texts == ["before"])
            #expect(!leaving.isClosed)
            let back = try cluster.client(name, device: "phone")
            try back.message("after")
        }

        /// Puts a logout into the log that its node will never have an answer to.
        private func storeLogout(ofDevice device: String, in cluster: ClusterFixture) throws {
            let outcome = try cluster.query(
                """
                select a.outcome from chat_read.sessions s, chat_log.append(null, null, null,
                    array[1], array[null]::uuid[], array[null]::uuid[], array[false], array[null]::bytea[],
                    array[s.user_id], array[s.session], array[s.device], array[null]::text[],
                    '{}'::int[], '{}'::text[], '{}'::bigint[],
                    array[1], array['devices:' || s.user_id], array['SessionClosed'], array[1]::smallint[],
                    array[convert_to(json_build_object(
                        'user', s.user_id, 'session', s.session, 'device', s.device, 'reason', 'logout')::text, 'UTF8')],
                    '{}'::int[], '{}'::text[], '{}'::int[], '{}'::text[], '{}'::bytea[]) a
                where s.device = '\(device)'
                """)
            #expect(outcome == ["0"])
        }
    }
}
