import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    @Suite("Offline messages")
    struct OfflineTests {
        let cluster: ClusterFixture

        init() throws { cluster = try ClusterFixture.shared() }

        /// Contract: M6, R3.
        @Test func anOfflineMessageStaysUntilItIsAcknowledged() throws {
            let own = try ClusterFixture()
            let writer = try own.register("writer")
            let reader = try own.register("reader")
            try own.client(reader, device: "phone").close()
            let sender = try own.client(writer, on: 0)
            for number in 1...5 { try sender.chat(reader, "message \(number)") }

            // Pushed, not acknowledged, and the node dies with it.
            let first = try own.client(reader, device: "phone", on: 1)
            try first.message("message 5")
            own.nodes[1].kill()
            try first.waitForEnd()

            let second = try own.client(reader, device: "phone", on: 0)
            try second.message("message 5")
            #expect(second.texts == (1...5).map { "message \($0)" })
            let third = try #require(second.messages.dropFirst(2).first?["position"])
            try second.call("ack", ["position": third])
            second.close()

            let again = try own.client(reader, device: "phone", on: 0)
            let last = try again.message("message 5").position
            #expect(again.texts == ["message 4", "message 5"])
            try again.call("ack", ["position": .integer(last)])
            again.close()

            // Nothing is left: the next thing that comes is new.
            let after = try own.client(reader, device: "phone", on: 0)
            try sender.chat(reader, "new")
            try after.message("new")
            #expect(after.texts == ["new"])
        }

        /// A page of the backlog ends by its bytes, long before it has as many events as it may.
        /// Contract: M6, R3.
        @Test func longTextsThatWereMissedComeWhole() throws {
            let writer = try cluster.register("writer")
            let reader = try cluster.register("reader")
            let sender = try cluster.client(writer)
            let texts = (1...60).map { "\($0) " + String(repeating: "長", count: 5_000) }
            for text in texts { try sender.chat(reader, text) }
            let phone = try cluster.client(reader, device: "phone", on: 1)
            try phone.push("caughtup")
            #expect(phone.texts == texts)
        }

        /// Contract: M6.
        @Test func anAcknowledgementCountsOnlyUpToWhatWasPushed() throws {
            let writer = try cluster.register("writer")
            let reader = try cluster.register("reader")
            let sender = try cluster.client(writer)
            let phone = try cluster.client(reader, device: "phone", on: 1)
            try phone.push("caughtup")
            try phone.call("ack", ["position": 9_000_000_000_000])
            phone.close()
            try sender.chat(reader, "not yet pushed")
            let back = try cluster.client(reader, device: "phone", on: 1)
            try back.message("not yet pushed")
        }

        /// Contract: M6.
        @Test func anAcknowledgementNeverGoesBack() throws {
            let writer = try cluster.register("writer")
            let reader = try cluster.register("reader")
            let sender = try cluster.client(writer)
            let phone = try cluster.client(reader, device: "phone")
            let first = try sender.chat(reader, "first")
            try sender.chat(reader, "second")
            let second = try phone.message("second").position
            try phone.call("ack", ["position": .integer(second)])
            try phone.call("ack", ["position": first["position"] ?? 0])
            phone.close()
            let back = try cluster.client(reader, device: "phone")
            try sender.chat(reader, "third")
            try back.message("third")
            #expect(back.texts == ["third"])
        }

        @Test func theDatabaseShowsExactlyWhatADeviceHasNotAcknowledged() throws {
            let writer = try cluster.register("writer")
            let reader = try cluster.register("reader")
            let sender = try cluster.client(writer)
            let phone = try cluster.client(reader, device: "phone")
            let user = try #require(try phone.call("whoami")["user"]?["id"]?.intValue)
            let positions = try (1...4).compactMap { try sender.chat(reader, "\($0)")["position"]?.intValue }
            try phone.message("4")
            let query = "select position from chat.offline_messages where user_id = \(user) and device = 'phone'"
            func shown() throws -> [Int64] { try cluster.query(query + " order by position").compactMap { Int64($0) } }

            try eventually("all four are shown, not \(try shown())") { try shown() == positions }
            try phone.call("ack", ["position": .integer(positions[1])])
            try eventually("two are left, not \(try shown())") { try shown() == Array(positions[2...]) }
            try phone.notify("ack", ["position": .integer(positions[3])])
            try eventually("none is left, not \(try shown())") { try shown().isEmpty }
        }
    }
}
