import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    /// A node that hears nothing from the database any more, and is heard by everybody else.
    @Suite("Silence between a node and the database")
    struct SilenceTests {
        /// A cluster whose second node reaches the database over a link of its own.
        private func cluster() throws -> (cluster: ClusterFixture, link: SilentLink) {
            let link = try SilentLink(to: PrivatePostgres.shared())
            let cluster = try ClusterFixture(route: { $0 == 1 ? link.conninfo($1) : $1 })
            return (cluster, link)
        }

        // The relay sends nothing more for the sessions of a node that was declared lost. But the node went on to
        // hear how far the relay was, so it took for seen what its sessions were never shown: when it reached the
        // database again, they were shown what came after that.
        /// Contract: R2, R3.
        @Test func aSessionIsShownNothingMoreOnceItsNodeWasDeclaredLost() throws {
            let (cluster, link) = try cluster()
            let (writer, reader) = (try cluster.register("writer"), try cluster.register("reader"))
            let sender = try cluster.client(writer)
            let listener = try cluster.client(reader, device: "phone", on: 1)
            var said: [String] = []
            func say() throws {
                try sender.chat(reader, "\(said.count)")
                said.append("\(said.count)")
            }
            try say()
            try listener.message("0")
            link.fallSilent()
            let lost = "select 1 from chat_log.events where type = 'NodeLost' and stream = 'node:b'"
            try eventually("the silent node is declared lost") {
                try say()
                return try cluster.query(lost) == ["1"]
            }
            for _ in 0..<20 { try say() }
            link.speak()
            try eventually("its session ends") {
                try say()
                _ = try? listener.wait("a push", within: .milliseconds(10)) { $0.isClosed }
                return listener.isClosed
            }
            let seen = listener.texts
            #expect(seen == Array(said.prefix(seen.count)))
            let back = try cluster.client(
                reader, device: "phone", since: listener.pushes.map(\.position).max(), on: 0)
            try back.message(said[said.count - 1])
            #expect(seen + back.texts == said)
        }

        // A node whose machine vanished in the middle of a transaction kept its locks for as long as TCP waits for it,
        // and whoever was elected to run its projections waited for them.
        @Test func aTransactionThatItsNodeLeftOpenIsEnded() throws {
            let (cluster, link) = try cluster()
            let name = try cluster.register("founder")
            cluster.nodes[0].terminate()
            #expect(try cluster.nodes[0].waitForEnd() == 0)
            let founder = try cluster.client(name, on: 1)
            let group = try founder.createGroup("held up")
            try founder.groupChat(group, "first")
            let holder = Background {
                try cluster.query(
                    """
                    begin; lock table chat_read.group_conversations_1 in share row exclusive mode;
                    select pg_sleep(4); commit
                    """)
            }
            var waiting: [String] = []
            try eventually("a projection waits in its transaction") {
                try founder.groupChat(group, "further")
                waiting = try Self.connections(cluster, "wait_event_type = 'Lock' and query like 'insert%'")
                return !waiting.isEmpty
            }
            link.fallSilent()
            _ = try holder.value()
            try eventually("the transaction's connection is ended") {
                try Self.connections(cluster, "true").allSatisfy { !waiting.contains($0) }
            }
            link.speak()
        }

        /// The server's processes that serve the cluster's database and fulfil a condition.
        private static func connections(_ cluster: ClusterFixture, _ condition: String) throws -> [String] {
            try cluster.query(
                "select pid from pg_stat_activity where datname = current_database() and \(condition)")
        }
    }
}
