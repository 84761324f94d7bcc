import ChatTestKit
import Foundation
import JSONText
import Testing

extension ClusterTests {
    @Suite("Nodes that seal the log")
    struct SealingTests {
        private let folder = NSTemporaryDirectory() + "sealing-\(UUID().uuidString)"

        init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

        /// A key in a file; gives its public half.
        private func makeKey(_ name: String) throws -> String {
            let run = try ProgramRun("chat-audit", ["keygen", "\(folder)/\(name)"])
            #expect(run.status == 0, "\(run.output)")
            return run.output
        }

        private func untilSealed(_ cluster: ClusterFixture) throws {
            let head = try cluster.query("select chat_log.head()")[0]
            try eventually("position \(head) is sealed") {
                try cluster.query("select 1 from chat_log.seals where last_position >= \(head)") != []
            }
        }

        private func sealer(_ cluster: ClusterFixture) throws -> Int {
            let holder = try cluster.query(
                "select node from chat_cluster.leader where name = 'sealer' and expires_at > clock_timestamp()")
            return ["a", "b"].firstIndex(of: holder.first ?? "") ?? -1
        }

        /// A node that was declared lost meanwhile refuses until it has joined anew.
        private func append(_ cluster: ClusterFixture, on node: Int) throws {
            try eventually("node \(node) takes a command") {
                let user: JSONObject = [
                    "name": .string("s\(UUID().uuidString.prefix(12))"), "password": .string(ScriptedClient.password),
                ]
                return (try? cluster.client(node).call("register", user)) != nil
            }
        }

        @Test func aPausedSealerWakesAndForksNothing() throws {
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let published = try makeKey("a") + makeKey("b")
            try published.write(toFile: "\(folder)/public", atomically: true, encoding: .utf8)
            let cluster = try ClusterFixture(options: { ["--audit-key", "\(folder)/\($0 == 0 ? "a" : "b")"] })
            for _ in 0..<10 { _ = try cluster.register("sealed") }
            try untilSealed(cluster)
            let anchor = try cluster.run("chat-audit", ["anchor"])
            try anchor.output.write(toFile: "\(folder)/anchor", atomically: true, encoding: .utf8)
            for _ in 0..<2 {
                let paused = try sealer(cluster)
                #expect(paused >= 0)
                try cluster.nodes[paused].pause()
                try eventually("the other one seals") { try sealer(cluster) == 1 - paused }
                try append(cluster, on: 1 - paused)
                try untilSealed(cluster)
                cluster.nodes[paused].wake()
                try append(cluster, on: paused)
                try untilSealed(cluster)
            }
            let verdict = try cluster.run(
                "chat-audit", ["verify", "--json", "--public-key", "\(folder)/public", "--anchor", "\(folder)/anchor"])
            #expect(verdict.status == 0, "\(verdict.output)")
            #expect(try cluster.query("select count(distinct node) from chat_log.seals") == ["2"])
            let proof = try cluster.run("chat-audit", ["prove", "3"])
            try proof.output.write(toFile: "\(folder)/proof", atomically: true, encoding: .utf8)
            let check = try ProgramRun(
                "chat-audit", ["check-proof", "\(folder)/proof", "--public-key", "\(folder)/public"])
            #expect(check.status == 0, "\(check.output)")
            let positions = try cluster.nodes.map { try $0.metric("parley_seal_position") }
            #expect(positions.max() ?? 0 > 10)
        }

        @Test func aNodeWithoutAUsableKeyDoesNotStart() throws {
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let place = ["--node", "k", "--database", "host=/nowhere", "--audit-key"]
            let missing = try ProgramRun("chatserver", ["serve"] + place + ["\(folder)/none"])
            #expect(missing.status == 3 && missing.output.contains("cannot be read"), "\(missing.output)")
            try "no key".write(toFile: "\(folder)/bad", atomically: true, encoding: .utf8)
            let bad = try ProgramRun("chatserver", ["serve"] + place + ["\(folder)/bad"])
            #expect(bad.status == 3 && bad.output.contains("no key of chat-audit keygen"), "\(bad.output)")
        }
    }
}
