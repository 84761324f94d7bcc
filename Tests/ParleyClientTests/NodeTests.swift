import ChatTestKit
import Foundation
import JSONText
import Synchronization
import Testing

@testable import ParleyClient

/// Runs what blocks on a thread of its own.
func aside<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
    }
}

extension ClusterFixture {
    var servers: [ServerAddress] { ports.map { ServerAddress(host: "127.0.0.1", port: $0) } }

    func configuration(_ name: String, device: String = "phone", feed: Bool = true) -> ClientConfiguration {
        var configuration = ClientConfiguration(
            servers: servers, credentials: .password(name: name, password: ScriptedClient.password), device: device)
        configuration.feed = feed
        return configuration
    }
}

extension ChatClient {
    /// The next messages of the feed, without what else comes.
    fileprivate func messages(_ count: Int) async throws -> [Message] {
        var messages: [Message] = []
        guard count > 0 else { return [] }
        for try await push in feed {
            if let message = push.message { messages.append(message) }
            if messages.count == count { break }
        }
        return messages
    }
}

/// Real nodes, one cluster after the other.
@Suite("The client library with nodes", .serialized, .ownThread)
struct NodeTests {
    @Test func nothingIsLostOrDoubledThoughNodesDieInMidTraffic() async throws {
        let cluster = try await aside { try ClusterFixture() }
        let names = try await aside { try ["writer", "reader"].map { try cluster.register($0) } }
        let writer = ChatClient(cluster.configuration(names[0]))
        let reader = ChatClient(cluster.configuration(names[1]))
        let user = try #require(try await reader.connect().user?.id)
        let total = 300
        async let received = reader.messages(total)
        var stored: [StoredMessage] = []
        for number in 1...total {
            stored.append(try await writer.chat(to: .id(user), "message \(number)"))
            if number == 80 { try await aside { cluster.nodes[0].kill() } }
            if number == 160 {
                try await aside {
                    try cluster.nodes[0].start()
                    try cluster.nodes[0].waitUntilReady()
                    cluster.nodes[1].kill()
                }
            }
        }
        let got = try await received
        #expect(got.map(\.text) == (1...total).map { "message \($0)" })
        #expect(got.map(\.seq) == Array(1...Int64(total)))
        #expect(stored.map(\.seq) == got.map(\.seq) && stored.map(\.position) == got.map(\.position))
        await writer.close()
        await reader.close()
    }

    @Test func aTokenGoesOnBehindWhatWasDealtWith() async throws {
        let cluster = try await aside { try ClusterFixture.shared() }
        let names = try await aside { try ["writer", "reader"].map { try cluster.register($0) } }
        let writer = ChatClient(cluster.configuration(names[0], feed: false))
        let first = ChatClient(cluster.configuration(names[1]))
        let token = try #require(try await first.connect().token)
        for number in 1...5 { try await writer.chat(to: .name(names[1]), "\(number)") }
        #expect(try await first.messages(3).map(\.text) == ["1", "2", "3"])
        await first.close()
        // The third was handed out, and nobody said that it was dealt with.
        var configuration = ClientConfiguration(servers: cluster.servers.reversed(), credentials: .token(token))
        let second = ChatClient(configuration)
        #expect(try await second.messages(3).map(\.text) == ["3", "4", "5"])
        await second.close()
        configuration.credentials = .token("no such token")
        let third = ChatClient(configuration)
        let refusal = await #expect(throws: ChatError.self) { try await third.connect() }
        guard case .refused(let reason)? = refusal else { return #expect(Bool(false), "not refused") }
        #expect(reason.reason == "bad_token")
        await writer.close()
    }

    @Test func aSlowConsumerCostsABoundedAmountAndMissesNothing() async throws {
        let cluster = try await aside { try ClusterFixture.shared() }
        let names = try await aside { try ["writer", "reader"].map { try cluster.register($0) } }
        let writer = ChatClient(cluster.configuration(names[0], feed: false))
        var configuration = cluster.configuration(names[1])
        configuration.feedBytes = 32_768
        let reader = ChatClient(configuration)
        try await reader.connect()
        let filling = String(repeating: "x", count: 8_000)
        let total = 200
        var most = 0
        for number in 1...total {
            try await writer.chat(to: .name(names[1]), "\(number) \(filling)")
            // An answer comes though nobody takes what stands before it.
            if number % 20 == 0 { try await reader.call("whoami") }
            most = max(most, reader.desk.state.withLock { $0.feed.bytes })
        }
        #expect(most >= configuration.feedBytes)
        // Twice the limit, one reading, and the frame that was begun before it.
        #expect(most <= 2 * configuration.feedBytes + 65_536 + 16_384)
        let got = try await reader.messages(total)
        #expect(got.map(\.seq) == Array(1...Int64(total)))
        await reader.close()
        await writer.close()
    }

    @Test func aCommandWhoseAnswerIsLostHappensOnce() async throws {
        let cluster = try await aside { try ClusterFixture.shared() }
        let names = try await aside { try ["writer", "reader"].map { try cluster.register($0) } }
        let proxy = CuttingProxy(to: cluster.ports[0])
        var configuration = cluster.configuration(names[0])
        configuration.servers = [ServerAddress(host: "127.0.0.1", port: proxy.port)]
        let writer = ChatClient(configuration)
        try await writer.connect()
        for number in 1...5 {
            proxy.cutBehindTheAnswer(to: "text \(number)")
            let stored = try await writer.chat(to: .name(names[1]), "text \(number)")
            #expect(stored.isDuplicate && stored.seq == Int64(number))
            #expect(proxy.count == number)
        }
        let group = try #require(try await writer.createGroup("once"))
        let history = try await writer.history(try await writer.conversation(with: names[1]))
        #expect(history.messages.map(\.text) == (1...5).map { "text \($0)" })
        #expect(try await writer.groupChat(group.id, "hello").seq == 1)
        await writer.close()
    }

    @Test func theStatesTellOfALossAndOfTheReturnToAnotherNode() async throws {
        let cluster = try await aside { try ClusterFixture() }
        let name = try await aside { try cluster.register("stayer") }
        let client = ChatClient(cluster.configuration(name))
        var states = client.states.makeAsyncIterator()
        #expect(await states.next() == .idle)
        try await client.connect()
        #expect(await states.next() == .connecting)
        #expect(await states.next() == .online(isResumed: false))
        let before = try await client.call("whoami")["node"]
        try await aside { cluster.nodes[0].terminate() }
        guard case .waiting(let reason, _)? = await states.next() else { return #expect(Bool(false), "no loss") }
        #expect(reason.contains("draining"))
        #expect(await states.next() == .connecting)
        #expect(await states.next() == .online(isResumed: true))
        #expect(try await client.call("whoami")["node"] != before)
        await client.close()
        #expect(await states.next() == .ended(.closed))
        #expect(await states.next() == nil)
        await #expect(throws: ChatError.closed) { try await client.call("whoami") }
    }

    @Test func anAccountIsMadeAndLoggedInOverTLS() async throws {
        let files = try TestCertificates.write([
            TestCertificates.first, TestCertificates.firstKey, TestCertificates.authority,
        ])
        let cluster = try await aside { try ClusterFixture(nodes: 1, certificate: (files[0], files[1])) }
        var configuration = ClientConfiguration(
            servers: [ServerAddress(host: "localhost", port: cluster.nodes[0].tlsPort)], device: "desk")
        configuration.security = .tls(authorities: files[2])
        let client = ChatClient(configuration)
        try await client.register("tlsuser", password: ScriptedClient.password)
        let wrong = ClientConfiguration.Credentials.password(name: "tlsuser", password: "wrong horse")
        let right = ClientConfiguration.Credentials.password(name: "tlsuser", password: ScriptedClient.password)
        let second = ChatClient(configuration)
        await #expect(throws: ChatError.self) { try await second.logIn(wrong) }
        #expect(try await client.logIn(right).user?.name == "tlsuser")
        let third = ChatClient(configuration)
        try await third.logIn(right)
        await #expect(throws: ChatError.replaced) { for try await _ in client.feed {} }
        await third.close()
    }
}

extension ChatClient {
    /// The conversation with another user.
    fileprivate func conversation(with name: String) async throws -> String {
        let me = try await call("whoami")["user"]?["id"]?.intValue ?? 0
        let other = try await findUsers(name).first { $0.name == name }?.id ?? 0
        return "direct:\(min(me, other)):\(max(me, other))"
    }
}
