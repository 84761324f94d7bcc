import ChatDomain
import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    /// Walks every cell of the table of who may do what.
    @Suite("Authority")
    struct AuthorityTests {
        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        private func rules(_ scope: (Authority.Scope) -> Bool) -> [Authority.Rule] {
            Authority.rules.filter { scope($0.scope) }
        }

        private func check(
            _ verdict: Authority.Verdict, _ method: String, _ params: JSONObject, by client: ScriptedClient,
            _ cell: String
        ) throws {
            let found = try client.refusal(method, params)
            switch verdict {
            case .allowed: #expect(found == nil, "\(cell)")
            case .refused(let refusal):
                #expect(found == ClientRefusal(Int64(refusal.code), refusal.reason), "\(cell)")
            case .none: break
            }
        }

        /// What is allowed and changes nothing of what other rules rest on.
        private static let harmless: Set<String> = ["history", "groupinfo", "typing", "read"]

        /// A refusal changes nothing, so one world serves them all, and what is harmless too; whatever else is allowed
        /// gets a world of its own.
        private func walk(
            _ rules: [Authority.Rule], _ relation: Authority.Relation, _ make: () throws -> AuthorityWorld
        ) throws {
            let world = try make()
            for rule in rules {
                let isAllowed = rule.verdict(relation) == .allowed
                let needsOwn = isAllowed && !Self.harmless.contains(rule.method)
                try check(rule, relation, in: needsOwn ? try make() : world)
            }
        }

        private func check(_ rule: Authority.Rule, _ relation: Authority.Relation, in world: AuthorityWorld) throws {
            try check(
                rule.verdict(relation), rule.method, world.parameters(of: rule), by: world.caller.client,
                "\(rule.method) \(rule.about), \(relation.rawValue)")
        }

        /// Contract: E1, T9.
        @Test func withoutALoginOnlyTheDoorIsOpen() throws {
            for method in Authority.methods {
                let client = try cluster.client()
                var params: JSONObject = [:]
                if method == "register" || method == "login" {
                    let name = method == "login" ? try cluster.register("door") : "new\(try cluster.register("x"))"
                    params = ["name": .string(name), "password": .string(ScriptedClient.password)]
                }
                try check(Authority.verdict(of: method, for: .notLoggedIn), method, params, by: client, method)
            }
        }

        @Test func aDeletedUserIsNotLoggedIn() throws {
            let gone = try AuthorityWorld(cluster)
            let password = JSONValue.string(ScriptedClient.password)
            try gone.caller.client.call("deleteaccount", ["password": password])
            for method in Authority.methods {
                var params: JSONObject = [:]
                if method == "login" { params = ["name": .string(gone.caller.name), "password": password] }
                if method == "register" {
                    params = ["name": .string(try cluster.register("x") + "x"), "password": password]
                }
                let verdict = Authority.verdict(of: method, for: .deleted)
                try check(verdict, method, params, by: gone.caller.client, method)
            }
        }

        @Test func oneselfMayDoWhatTheTableSays() throws {
            try walk(rules { $0 == .account }, .loggedIn) { try AuthorityWorld(cluster) }
        }

        /// Contract: E2, F1, F2, F3, F4, M1.
        @Test(arguments: Authority.Scope.person.relations)
        func anotherUserIsTreatedAsTheTableSays(_ relation: Authority.Relation) throws {
            let friend = try Actor(cluster)
            try walk(rules { $0 == .person }, relation) {
                try AuthorityWorld(cluster, to: relation, with: friend)
            }
        }

        /// Contract: E2, G2, G3, G4, G5, G6, G7, G8, G10.
        @Test(arguments: Authority.Scope.group(.open).relations)
        func aGroupIsTreatedAsTheTableSays(_ relation: Authority.Relation) throws {
            let cast = try AuthorityWorld.Cast(cluster)
            for visibility in [Visibility.open, .invite] {
                try walk(rules { $0 == .group(visibility) }, relation) {
                    try AuthorityWorld(cluster, to: relation, of: visibility, cast)
                }
            }
        }
    }
}
