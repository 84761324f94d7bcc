import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    @Suite("Frames")
    struct FramingTests {
        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        private func ping(_ id: Int) -> String { #"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"# }

        /// Contract: T1.
        @Test func twoRequestsInOneSegmentAreBothAnswered() throws {
            let client = try cluster.client()
            try client.sendRaw(ping(1) + "\n" + ping(2) + "\n")
            #expect(try client.reply(to: 1) == [:])
            #expect(try client.reply(to: 2) == [:])
        }

        /// Contract: T1.
        @Test func aRequestInManySegmentsIsAnswered() throws {
            let client = try cluster.client()
            for character in ping(7) + "\r\n" { try client.sendRaw(String(character)) }
            #expect(try client.reply(to: 7) == [:])
        }

        /// Contract: T1.
        @Test func carriageReturnsAndEmptyLinesAreIgnored() throws {
            let client = try cluster.client()
            try client.sendRaw("\r\n\n\r\n" + ping(1) + "\r\n\n\n" + ping(2) + "\n\r\n")
            #expect(try client.reply(to: 1) == [:])
            #expect(try client.reply(to: 2) == [:])
            #expect(client.strays.isEmpty)
        }

        /// Contract: T6.
        @Test func aBatchIsAnsweredAsOne() throws {
            let client = try cluster.client()
            let notification = #"{"jsonrpc":"2.0","method":"ping"}"#
            let unknown = #"{"jsonrpc":"2.0","id":2,"method":"nothing"}"#
            try client.sendRaw("[\(ping(1)),\(notification),\(unknown),1]\n")
            try client.wait("the batch's reply") { !$0.strays.isEmpty }
            let replies = try #require(client.strays.first?.arrayValue)
            #expect(replies.count == 3)
            #expect(replies.contains { $0["id"] == 1 && $0["result"] == [:] })
            #expect(replies.contains { $0["id"] == 2 && $0["error"]?["code"] == -32601 })
            #expect(replies.contains { $0["id"] == .null && $0["error"]?["code"] == -32600 })
        }

        /// Contract: T6.
        @Test func anEmptyBatchAndOneTooLongGetOneError() throws {
            let client = try cluster.client()
            try client.sendRaw("[]\n[" + (1...65).map(ping).joined(separator: ",") + "]\n")
            try client.wait("two errors") { $0.strays.count == 2 }
            #expect(client.strays.map { $0["error"]?["code"] } == [-32600, -32600])
            #expect(client.strays.allSatisfy { $0["id"] == .null })
        }

        /// Contract: T1.
        @Test func whoHalfClosesStillGetsEveryPendingReply() throws {
            let name = try cluster.register("half")
            let other = try cluster.register("closed")
            let client = try cluster.client(name)
            let ids = try (1...20).map { number in
                try client.send("chat", ["to": .string(other), "text": .string("\(number)")])
            }
            client.endSending()
            let seqs = try ids.map { try client.reply(to: $0)["seq"] }
            #expect(seqs == (1...20).map { .integer($0) })
            try client.waitForEnd()
        }

        /// Contract: T4, L1.
        @Test func aFrameTooLargeIsAnsweredAndTheConnectionClosed() throws {
            let client = try cluster.client()
            try client.sendRaw(ping(1) + "\n" + String(repeating: "x", count: 70_000) + "\n" + ping(2) + "\n")
            #expect(try client.reply(to: 1) == [:])
            try client.waitForEnd()
            let error = try #require(client.strays.first)
            #expect(error["id"] == .null && error["error"]?["code"] == -32600)
            #expect(error["error"]?["data"]?["reason"] == "frame_too_large")
            #expect(client.strays.count == 1)
            #expect(throws: ClientFailure.self) { try client.reply(to: 2) }
        }

        /// Contract: T4, L1.
        @Test func aFrameOfExactlyTheLimitIsTaken() throws {
            let client = try cluster.client()
            let frame = ping(3)
            try client.sendRaw(frame + String(repeating: " ", count: 65_536 - frame.utf8.count) + "\n")
            #expect(try client.reply(to: 3) == [:])
            try client.sendRaw(frame + String(repeating: " ", count: 65_537 - frame.utf8.count) + "\n")
            try client.waitForEnd()
            #expect(client.strays.first?["error"]?["data"]?["reason"] == "frame_too_large")
        }

        /// Contract: T5.
        @Test func theThirdUnreadableFrameInARowIsTheLast() throws {
            let client = try cluster.client()
            try client.sendRaw("{\n" + #"{"a":"\ud800"}"# + "\n" + ping(1) + "\n{\n{\n" + ping(2) + "\n")
            #expect(try client.reply(to: 1) == [:])
            #expect(try client.reply(to: 2) == [:])
            try client.sendRaw("one\ntwo\nthree\n" + ping(3) + "\n")
            try client.waitForEnd()
            #expect(client.strays.map { $0["error"]?["code"] } == Array(repeating: -32700, count: 7))
            #expect(throws: ClientFailure.self) { try client.reply(to: 3) }
        }
    }
}
