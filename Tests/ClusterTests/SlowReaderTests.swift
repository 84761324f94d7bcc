import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    @Suite("Slow readers")
    struct SlowReaderTests {
        private static let text = String(repeating: "x", count: 15_000)
        private static let queue = 65_536
        /// What may come on top: the item that was written while the queue was not full yet.
        private static let item = 16_384

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
            let cluster = try ClusterFixture(settings: ["session.queue=\(Self.queue)"])
            let writer = try cluster.register("writer")
            let name = try cluster.register("reader")
            let sender = try cluster.client(writer)
            let slow = try cluster.client(1, receiveBuffer: 8_192)
            try slow.login(name, device: "slow")
            try send(1...30, sender, name)
            try wait(for: 30, slow)
            // More than the kernel's buffers between hold, which take some MiB.
            for block in 1..<20 {
                try send(block * 30 + 1...block * 30 + 30, sender, name)
                #expect(try cluster.nodes[1].metric("parley_queued_bytes") < Self.queue + Self.item)
            }
            let fallbacks = try cluster.nodes[1].metric("parley_feed_fallbacks_total")
            #expect(fallbacks > 0)
            try eventually("something waits for the reader") {
                try cluster.nodes[1].metric("parley_queued_bytes") > 0
            }
            #expect(try cluster.nodes[1].metric("parley_queued_bytes") < Self.queue + Self.item)
            try wait(for: 600, slow)
            try eventually("nothing waits any more") { try cluster.nodes[1].metric("parley_queued_bytes") == 0 }
            #expect(slow.messages.compactMap { $0["seq"]?.intValue } == Array(1...600))
        }

        // While too much waited for it, nobody's coming or going was told, nor later.
        /// Contract: P7, L11.
        @Test func aSlowReaderLearnsLaterWhoCameMeanwhile() throws {
            let cluster = try ClusterFixture(settings: ["session.queue=\(Self.queue)"])
            let names = try ["writer", "reader", "observer", "friend"].map { try cluster.register($0) }
            let sender = try cluster.client(names[0])
            let slow = try cluster.client(1, receiveBuffer: 8_192)
            try slow.login(names[1], device: "slow")
            let observer = try cluster.client(names[2], on: 1)
            let friend = try cluster.client(names[3])
            for (client, name) in [(slow, names[1]), (observer, names[2])] {
                try friend.call("addfriend", ["user": .string(name)])
                try client.call("acceptfriend", ["user": .string(names[3])])
            }
            friend.close()
            for client in [slow, observer] { try client.push("presence") { $0["online"] == false } }
            slow.forgetPushes()
            let conversation = try #require(try sender.chat(names[1], "first")["conversation"])
            for block in 0..<20 { try send(block * 30 + 1...block * 30 + 30, sender, names[1]) }
            // What the kernel still takes is taken from the queue, which the feed fills no further; an answer does.
            try eventually("the queue is full") {
                try slow.send("history", ["conversation": conversation, "limit": 5])
                return try cluster.nodes[1].metric("parley_queued_bytes") >= Self.queue
            }
            _ = try cluster.client(names[3])
            try observer.push("presence") { $0["online"] == true }
            try slow.push("presence", within: .seconds(60)) { $0["online"] == true }
            try wait(for: 601, slow)
        }

        /// The words stand behind what the client did not take: it has 30 s to begin again.
        /// Contract: P10.
        @Test func whoTookNothingForTooLongLearnsWhy() throws {
            let cluster = try ClusterFixture(nodes: 1, settings: ["timeout.write=2"])
            let names = try ["writer", "reader"].map { try cluster.register($0) }
            let sender = try cluster.client(names[0])
            let slow = try cluster.client(receiveBuffer: 4_096)
            try slow.login(names[1], device: "slow")
            try sender.call("addfriend", ["user": .string(names[1])])
            try slow.call("acceptfriend", ["user": .string(names[0])])
            try sender.push("friendadded")
            var block = 0
            try eventually("the reader counts as gone", within: .seconds(90)) {
                if block < 20 { try send(block * 30 + 1...block * 30 + 30, sender, names[1]) }
                block += 1
                return try sender.call("friends")["friends"]?[0]?["online"] == false
            }
            try slow.push("goaway") { $0["reason"] == "slow" }
            try slow.waitForEnd()
        }
    }
}
