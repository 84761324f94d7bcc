import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    /// Logins that came to nothing, as the log tells of them.
    @Suite("Refused logins in the log")
    struct AuditLoginTests {
        private struct Refused: Equatable {
            var user: Int64?
            var address: String?
            var outcome: String?
            var node: String?
        }

        private func refused(_ cluster: ClusterFixture, _ arguments: String...) throws -> [Refused] {
            let all = ["query", "--type", "LoginRefused", "--json"] + arguments
            return try cluster.run("chat-audit", all).jsonLines.map { line in
                let entry = try JSONValue.parse(Array(line.utf8))
                return Refused(
                    user: entry["subjects"]?[0]?["id"]?.intValue, address: entry["address"]?.stringValue,
                    outcome: entry["outcome"]?.stringValue, node: entry["node"]?.stringValue)
            }
        }

        private func attempt(_ client: ScriptedClient, _ name: String, _ password: String) throws {
            #expect(try client.refusal("login", ["name": .string(name), "password": .string(password)]) != nil)
        }

        @Test func wrongPasswordsAndTokensAreToldOnceWithTheirAddress() throws {
            let cluster = try ClusterFixture(settings: ["rate.login-failures=2"])
            let name = try cluster.register("ann")
            let client = try cluster.client(1)
            let id = try cluster.client(name).ownID()
            for _ in 1...2 { try attempt(client, name, "wrong horse") }
            try eventually("it is told") { try !refused(cluster).isEmpty }
            // Of this minute nothing more is told, until the node leaves: then all of it is.
            for _ in 1...3 { try attempt(client, name, "wrong horse") }
            try attempt(client, "nobody has this name", "correct horse")
            let token = try #require(try client.refusal("login", ["token": "AAAA"]))
            #expect(token.reason == "bad_token")
            try eventually("strangers are told of") { try refused(cluster).contains { $0.user == nil } }
            cluster.nodes[1].terminate()
            #expect(try cluster.nodes[1].waitForEnd() == 0)
            let all = try refused(cluster)
            #expect(all.allSatisfy { $0.address == "127.0.0.1" && $0.node == "b" })
            let ann = all.filter { $0.user == id }
            #expect(ann.count == 2 && ann[1].outcome == "bad_credentials", "\(all)")
            #expect(ann[0].outcome?.contains("rate_limited") == true, "\(all)")
            #expect(all.filter { $0.user == nil }.compactMap(\.outcome).joined(separator: ",").contains("bad_token"))
            #expect(try refused(cluster, "--user", name).count == 2)
            #expect(try refused(cluster, "--outcome", "rate_limited") == [ann[0]])
            #expect(try refused(cluster, "--address", "127.0.0.1") == all)
            let counted = try cluster.query(
                """
                select sum((data ->> 'bad_credentials')::int), sum((data ->> 'rate_limited')::int)
                from chat.events where type = 'LoginRefused' and (data ->> 'user')::bigint = \(id)
                """)
            #expect(counted == ["2|3"])
        }

        /// Whoever mistakes the field types a password for a name.
        @Test func whatWasTypedStandsNowhere() throws {
            let cluster = try ClusterFixture(nodes: 1)
            let name = try cluster.register("ann")
            let client = try cluster.client()
            try attempt(client, "my-secret-passphrase", "x-wrong-word-x")
            try attempt(client, name, "my-secret-passphrase")
            try eventually("both are told") { try refused(cluster).count == 2 }
            let stored = try cluster.query(
                "select string_agg(convert_from(payload, 'UTF8'), ' ') from chat_log.events where type = 'LoginRefused'"
            )
            for typed in ["my-secret-passphrase", "x-wrong-word-x", "127.0.0.1", name] {
                #expect(!stored.joined().contains(typed), "\(stored)")
            }
        }

        /// A number can be written into a token by anybody.
        @Test func aTokenOfAnAccountThatIsNoneMakesNoKeyForIt() throws {
            let cluster = try ClusterFixture(nodes: 1)
            let name = try cluster.register("ann")
            let session = try cluster.client()
            let token = try #require(try session.login(name)["token"]?.stringValue)
            let id = try session.ownID()
            try session.call("deleteaccount", ["password": .string(ScriptedClient.password)])
            #expect(try cluster.client().refusal("login", ["token": .string(token)])?.reason == "bad_token")
            try eventually("it is told") { try !refused(cluster).isEmpty }
            #expect(try refused(cluster).allSatisfy { $0.user == nil })
            try eventually("the account is erased") {
                try cluster.query("select erased_at is not null from chat_read.users where id = \(id)") == ["t"]
            }
            #expect(try cluster.client().refusal("login", ["token": .string(token)])?.reason == "bad_token")
            cluster.nodes[0].terminate()
            #expect(try cluster.nodes[0].waitForEnd() == 0)
            #expect(try refused(cluster).allSatisfy { $0.user == nil && $0.address == "127.0.0.1" })
            let keys = try cluster.query("select distinct user_id from chat_private.sealing_keys where key is not null")
            #expect(keys == ["0"])
        }
    }

    /// Who asked the log what, in the log.
    @Suite("Questions are told in the log")
    struct AuditJournalTests {
        @Test func whoAskedWhatIsToldByNumbersAndWithoutTexts() throws {
            let cluster = try ClusterFixture(nodes: 1)
            let name = try cluster.register("ann")
            _ = try cluster.run(
                "chat-audit",
                ["query", "--user", name, "--address", "192.0.2.0/24", "--type", "SessionOpened", "--texts"])
            _ = try cluster.run("chat-audit", ["query", "--actor", "never heard of"])
            let told = try cluster.query(
                "select convert_from(payload, 'UTF8') from chat_log.events where type = 'AuditQueried' order by position"
            )
            try #require(told.count == 2)
            let first = try JSONValue.parse(Array(told[0].utf8))
            #expect(first["command"] == "query" && first["role"] == "postgres")
            #expect(first["host"]?.stringValue?.isEmpty == false && first["account"]?.stringValue?.isEmpty == false)
            #expect(
                first["arguments"] == [
                    ["user", "1"], ["type", "SessionOpened"], ["limit", "100"], ["texts", "yes"],
                ])
            #expect(first["sealed"] != nil)
            for line in told { for typed in [name, "192.0.2", "never heard"] { #expect(!line.contains(typed)) } }
            let listed = try cluster.run("chat-audit", ["query", "--type", "AuditQueried", "--json"])
            #expect(listed.jsonLines.count == 2)
        }

        /// The reader sees what anybody may see who only audits: no key, and so no text; and cannot write.
        @Test func whoMayOnlyReadIsAnsweredAllTheSameAndToldSo() throws {
            let cluster = try ClusterFixture(nodes: 1)
            let name = try cluster.register("ann")
            let client = try cluster.client(name, device: "phone")
            for number in 1...150 { try client.call("creategroup", ["name": .string("group \(number)")]) }
            let role = "auditor_\(UInt32.random(in: 1...UInt32.max))"
            _ = try cluster.query("create role \(role) login in role chat_reader")
            defer { _ = try? cluster.query("drop role \(role)") }
            let events = try cluster.query("select count(*) from chat_log.events")
            let run = try cluster.run(
                "chat-audit", ["query", "--actor", name, "--json", "--texts", "--limit", "200"], as: role)
            #expect(run.status == 0, "\(run.output)")
            #expect(run.jsonLines.count >= 151)
            let opened = try run.jsonLines.map { try JSONValue.parse(Array($0.utf8)) }
            #expect(opened.allSatisfy { $0["address"] == "127.0.0.1" })
            #expect(run.output.contains("may not append to the log"))
            #expect(run.output.contains("may not open texts"))
            #expect(try cluster.query("select count(*) from chat_log.events") == events)
        }
    }
}
