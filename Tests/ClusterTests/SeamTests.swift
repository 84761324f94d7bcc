import ChatTestKit
import JSONText
import Testing

extension ClusterTests {
    @Suite("The seam of backlog and live feed")
    struct SeamTests {
        /// Contract: R2, R4, S5, P6.
        @Test func aLiveMessageNeverOvertakesOrRepeatsTheBacklog() async throws {
            let cluster = try ClusterFixture()
            let traffic = try Traffic(cluster, senders: 4, readers: 1)
            let late = try cluster.register("late")
            let first = try cluster.client(late, device: "first")
            try first.call("joingroup", ["group": .integer(traffic.group)])
            first.close()
            // Each device begins with a longer backlog, in the midst of traffic.
            let stop = Flag()
            var devices: [Background<([PersistentReader.Got], [String])>] = []
            for number in 0..<6 {
                try traffic.wait(for: 60)
                devices.append(
                    Background { [ports = cluster.ports] in
                        let reader = PersistentReader(
                            late, device: "device \(number)", ports: ports, beginningWith: number)
                        // A new device begins where the furthest one has acknowledged: here, at the beginning.
                        reader.acknowledges = false
                        try reader.run(until: stop) { $0.got.last?.text == "the end" }
                        return (reader.got, reader.violations)
                    })
            }
            try traffic.wait(for: 60)
            let outcome = try await traffic.finish()
            for reader in outcome.readers { #expect(reader.violations == []) }
            try cluster.client(late, device: "ends").groupChat(traffic.group, "the end")
            stop.raise()
            let feeds = try devices.map { try $0.value() }
            let whole = try #require(feeds.first?.0)
            for feed in feeds {
                #expect(feed.1 == [])
                #expect(feed.0.count > 300)
                #expect(feed.0 == whole.suffix(feed.0.count).map { $0 })
            }
        }

        /// Contract: S4, R3.
        @Test func sinceBeginsThereAndNothingComesTwice() throws {
            let cluster = try ClusterFixture.shared()
            let writer = try cluster.register("writer")
            let reader = try cluster.register("reader")
            let sender = try cluster.client(writer)
            let phone = try cluster.client(reader, device: "phone")
            let positions = try (1...6).compactMap { try sender.chat(reader, "\($0)")["position"]?.intValue }
            try phone.message("6")
            phone.close()
            let back = try cluster.client(reader, device: "phone", since: positions[3], on: 1)
            try back.message("6")
            #expect(back.texts == ["5", "6"])
            let above = try cluster.client(reader, device: "tablet", since: 1_000_000_000, on: 1)
            try sender.chat(reader, "7")
            try above.message("7")
            #expect(above.texts == ["7"])
        }
    }
}
