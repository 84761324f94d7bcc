import ChatTestKit
import Foundation
import JSONText
import Testing

extension ClusterTests {
    /// Contract: S5, R2, R3, R4, R6.
    @Suite("A large backlog")
    struct LargeBacklogTests {
        /// Messages that are missed; `CHAT_BACKLOG=100000` makes it as many as a long absence does.
        private static let missed = ProcessInfo.processInfo.environment["CHAT_BACKLOG"].flatMap { Int($0) } ?? 2_000
        private static let long: Duration = .seconds(900)

        @Test func whoMissedALotGetsItAllAlthoughTheOthersTalkOn() throws {
            let cluster = try ClusterFixture()
            let names = try ["one", "two", "late"].map { try cluster.register($0) }
            let founder = try cluster.client(names[0], device: "founding")
            let group = try founder.createGroup("busy")
            founder.close()
            for name in names.dropFirst() {
                try cluster.client(name, device: "phone").call("joingroup", ["group": .integer(group)])
            }
            let begun = [0, 1].map { Flood(cluster, names[$0], group, on: $0).run(count: Self.missed / 2) }
            for sender in begun { _ = try sender.value(within: Self.long) }

            let stop = Flag()
            let going = [0, 1].map { Flood(cluster, names[$0], group, on: $0, atOnce: 10).run(until: stop) }
            let memory = cluster.nodes[1].residentKiB
            let start = ContinuousClock.now
            let late = PersistentReader(names[2], device: "phone", ports: cluster.ports, beginningWith: 1)
            while late.got.count < Self.missed { try late.connect(within: Self.long); late.read(within: .seconds(1)) }
            let took = ContinuousClock.now - start
            let grown = cluster.nodes[1].residentKiB - memory
            print("backlog: \(Self.missed) messages of 1,000 bytes in \(took), the node grew by \(grown) KiB")
            while late.got.last?.position ?? 0 <= late.openedAt { late.read(within: .seconds(1)) }
            stop.raise()
            let total = try going.map { try $0.value(within: Self.long) }.reduce(Self.missed / 2 * 2, +)
            try late.run(until: stop) { $0.got.count >= total }

            #expect(late.violations == [])
            let seqs = late.got.map(\.seq)
            #expect(seqs.count == total && zip(seqs, 1...).allSatisfy { $0 == $1 }, "every one, once, in order")
            // Far less than what was missed, however much that is.
            #expect(grown < 64 << 10)
        }
    }
}

/// Talks into a group, many messages at once; whatever was not answered is sent again, on the other node.
private struct Flood: Sendable {
    private let name: String
    private let group: Int64
    private let ports: [Int]
    private let node: Int
    private let atOnce: Int

    init(_ cluster: ClusterFixture, _ name: String, _ group: Int64, on node: Int, atOnce: Int = 100) {
        self.name = name
        self.group = group
        self.node = node
        self.atOnce = atOnce
        ports = cluster.ports
    }

    /// Sends so many messages, or until the flag is raised; gives how many were answered.
    func run(count: Int = .max, until stop: Flag = Flag()) -> Background<Int> {
        Background {
            let label = UUID().uuidString
            var answered = 0
            var node = node
            while answered < count, !stop.isRaised {
                do throws(ClientFailure) {
                    let client = try ScriptedClient(port: ports[node % ports.count])
                    let login: JSONObject = [
                        "name": .string(name), "password": .string(ScriptedClient.password), "feed": false,
                    ]
                    try client.call("login", login)
                    while answered < count, !stop.isRaised {
                        let keys = answered..<min(answered + atOnce, count)
                        try send(client, keys, label)
                        answered = keys.upperBound
                    }
                } catch {
                    if case .refused(let refusal) = error, refusal.reason != "unavailable" { throw error }
                    node += 1
                }
            }
            return answered
        }
    }

    private func send(_ client: ScriptedClient, _ keys: Range<Int>, _ label: String) throws(ClientFailure) {
        var requests: [Int64] = []
        for number in keys {
            let message: JSONObject = [
                "group": .integer(group), "text": .string(String(repeating: "x", count: 1_000)),
                "key": .string("\(label) \(number)"),
            ]
            requests.append(try client.send("groupchat", message))
        }
        for request in requests { _ = try client.reply(to: request, within: .seconds(120)) }
    }
}
