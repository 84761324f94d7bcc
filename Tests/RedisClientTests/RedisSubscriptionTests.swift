import ChatTestKit
import RedisClient
import Testing

@Suite struct RedisSubscriptionTests {
    @Test func messagesReachTheHandlerOfTheirChannelInOrder() async throws {
        let server = try PrivateRedis()
        let (subscriber, publisher) = (try await Fixture.connect(server), try await Fixture.connect(server))
        let (messages, heard) = AsyncStream.makeStream(of: [UInt8].self)
        try await subscriber.subscribe("a") { heard.yield([0] + $0) }
        try await subscriber.subscribe("b") { heard.yield([1] + $0) }
        let reached = try await publisher.pipeline([
            ["PUBLISH", "a", .bytes([0, 10])], ["PUBLISH", "b", .bytes([])], ["PUBLISH", "c", "x"],
            ["PUBLISH", "a", "9"],
        ])
        #expect(reached == [.integer(1), .integer(1), .integer(0), .integer(1)])
        var arrived: [[UInt8]] = []
        for await message in messages.prefix(3) { arrived.append(message) }
        #expect(arrived == [[0, 0, 10], [1], [0, 57]])
        await subscriber.close()
        await publisher.close()
    }

    @Test func aSubscribedConnectionTakesNoOtherCommand() async throws {
        try await Fixture.withConnection { redis in
            #expect(try await redis.send(["PING"]) == .status("PONG"))
            try await redis.subscribe("a") { _ in }
            #expect(await failure { _ = try await redis.send(["PING"]) } == .unsupported)
            #expect(await failure { try await redis.subscribe("a") { _ in } } == .unsupported)
        }
    }

    @Test func aSubscriberLearnsOfItsLoss() async throws {
        let server = try PrivateRedis()
        let (losses, told) = AsyncStream.makeStream(of: RedisError.self)
        let redis = try await Fixture.connect(server) { told.yield($0) }
        try await redis.subscribe("a") { _ in }
        server.kill()
        #expect(await losses.first { _ in true }?.code == .connectionLost)
        #expect(await !redis.isOpen)
    }
}
