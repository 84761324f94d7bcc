import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    @Suite("Slow readers")
    struct SlowReaderTests {
        private static let text = String(repeating: "x", count: 12_000)

        private func send(_ numbers: ClosedRange<Int>, _ sender: ScriptedClient, _ reader: String) throws {
            let ids = try numbers.map { number in
                try sender.send("chat", ["to": .string(reader), "text": .string("\(number) \(Self.text)")])
            }
            for id in ids { _ = try sender.reply(to: id) }
        }

        private func wait(for count: Int, _ reader: ScriptedClient) throws {
            var seen = 0
            var messages = 0
            try reader.wait("\(count) messages", within: .seconds(60)) { client in
                messages += client.pushes[seen...].filter { $0.method == "message" }.count
                seen = client.pushes.count
                return messages >= count
            }
        }

        /// Contract: R6, L11.
        @Test func aSlowReaderMissesNothingAndCostsBoundedMemory() throws {
            let cluster = try ClusterFixture(settings: ["session.queue=65536"])
            let writer = try cluster.register("writer")
            let name = try cluster.register("reader")
            let sender = try cluster.client(writer)
            let slow = try cluster.client(1, receiveBuffer: 8_192)
            try slow.login(name, device: "slow")
            try send(1...30, sender, name)
            try wait(for: 30, slow)
            let before = cluster.nodes[1].residentKiB
            for block in 1..<10 { try send(block * 30 + 1...block * 30 + 30, sender, name) }
            let fallbacks = try cluster.nodes[1].metric("parley_feed_fallbacks_total")
            #expect(fallbacks > 0, "more was sent than all buffers between hold")
            let grown = cluster.nodes[1].residentKiB - before
            // The ring that all share, and the pages of an elected node, are in it too.
            #expect(grown < 32 * 1_024, "KiB more")
            try wait(for: 300, slow)
            #expect(slow.messages.compactMap { $0["seq"]?.intValue } == Array(1...300))
        }
    }
}
