import ChatApplication
import ChatDomain
import ChatTestKit
import Reactor
import RedisClient
import Testing

@testable import FanOutRedis

@Suite("The fan-out over Redis")
struct RedisFanOutTests {
    private static let loop = EventLoop(name: "fan-out-tests")
    private static let shared = Result { try PrivateRedis() }
    private let node = NodeName("a")

    private func fanOut(_ redis: PrivateRedis, epoch: String = "e") throws -> RedisFanOut {
        RedisFanOut(
            address: try RedisAddress("redis+unix://" + redis.socketPath), epoch: epoch, loop: Self.loop)
    }

    private func item(_ position: Int64, routing: RoutingChange? = nil) -> FanOutEntry {
        .item(
            FeedItem(
                position: Position(position), at: 1, audience: Audience(users: [UserID(3)]), routing: routing, line: [7]
            ),
            previous: Position(position - 1))
    }

    @Test(arguments: FanOutContract.allCases)
    func theFanOutOverRedisKeepsTheContract(_ claim: FanOutContract) async throws {
        let fanOut = try fanOut(Self.shared.get())
        try await claim.check(fanOut)
        await fanOut.close()
    }

    @Test func aKilledRedisFailsFastAndWorksAgainEmpty() async throws {
        let redis = try PrivateRedis()
        let fanOut = try fanOut(redis)
        try await fanOut.publish([(node, item(1))])
        let waiting = Task { try await fanOut.read(node: node, after: "1-0", timeout: .seconds(600)) }
        try await waitUntil("it is waited for") {
            try redis.command("INFO", "clients").contains("blocked_clients:1")
        }
        redis.kill()
        await #expect(throws: FanOutError.self) { try await waiting.value }
        await #expect(throws: FanOutError.self) { try await fanOut.publish([(node, item(2))]) }
        await #expect(throws: FanOutError.self) { try await fanOut.read(node: node, after: "0-0", timeout: .zero) }
        await fanOut.hint(LogHint(head: Position(3)))
        try redis.restartEmpty()
        try await waitUntil("it can be published") { (try? await fanOut.publish([(node, item(2))])) != nil }
        try await waitUntil("it can be read") {
            guard let found = try? await fanOut.read(node: node, after: "0-0", timeout: .zero) else { return false }
            #expect(found.map(\.id) == ["2-0"])
            return true
        }
        await fanOut.close()
    }

    @Test func neitherAddressesNorDigestsOfTokensGoToRedis() async throws {
        let redis = try Self.shared.get()
        let fanOut = try fanOut(redis, epoch: "secrets")
        let opened = SessionOpened(
            user: UserID(3), session: SessionID("s2"), device: "phone", node: node, term: 5, tokenDigest: "70ce",
            replaced: SessionID("s1"), since: Position(41), forgotten: "old", address: "192.0.2.7")
        try await fanOut.publish([(node, item(1, routing: .sessionOpened(opened)))])
        let stored = try redis.command("XRANGE", "parley:{secrets}:node:a", "-", "+")
        #expect(stored.contains("phone"))
        #expect(!stored.contains("70ce") && !stored.contains("192.0.2.7"))
        await fanOut.close()
    }

    // The streams of nodes that were gone, and of other lives of the log, stayed in Redis for ever.
    @Test func aStreamThatNobodyWritesToAnyMoreGoes() async throws {
        let redis = try Self.shared.get()
        let fanOut = try fanOut(redis, epoch: "ttl")
        try await fanOut.publish([(node, item(1))])
        let left = try #require(Int(try redis.command("TTL", "parley:{ttl}:node:a").filter(\.isNumber)))
        #expect((1...3_600).contains(left))
        await fanOut.close()
    }

    @Test func anotherLifeOfTheLogHasOtherStreams() async throws {
        let redis = try Self.shared.get()
        let (one, other) = (try fanOut(redis, epoch: "one"), try fanOut(redis, epoch: "other"))
        try await one.publish([(node, item(9))])
        #expect(try await other.read(node: node, after: "0-0", timeout: .zero).isEmpty)
        await one.close()
        await other.close()
    }

    // A page of events for many nodes exceeded what one connection takes at once, and was lost whole.
    @Test func aPageForManyNodesIsSentInPieces() async throws {
        let fanOut = try fanOut(Self.shared.get(), epoch: "many")
        let entries = (1...34).flatMap { node in (1...1_000).map { (NodeName("n\(node)"), item(Int64($0))) } }
        try await fanOut.publish(entries.map { (node: $0.0, entry: $0.1) })
        let found = try await fanOut.read(node: NodeName("n34"), after: "999-0", timeout: .zero)
        #expect(found.map(\.id) == ["1000-0"])
        await fanOut.close()
    }
}
