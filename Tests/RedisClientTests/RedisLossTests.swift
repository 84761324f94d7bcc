import ChatTestKit
import Reactor
import RedisClient
import Testing

@Suite struct RedisLossTests {
    @Test func everyWaiterOfALostConnectionIsToldOnce() async throws {
        let server = try PrivateRedis()
        let (losses, told) = AsyncStream.makeStream(of: RedisError.self)
        let redis = try await Fixture.connect(server) { told.yield($0) }
        let outcomes = await withTaskGroup(of: RedisError.Code?.self) { group in
            group.addTask {
                await failure { _ = try await redis.xread("s", after: .zero, block: .seconds(60), count: 1) }
            }
            await #expect(throws: Never.self) { try await Fixture.untilBlocked(1, server) }
            for _ in 0..<100 { group.addTask { await failure { _ = try await redis.send(["PING"]) } } }
            group.addTask { await failure { _ = try await redis.pipeline([["PING"], ["PING"]]) } }
            server.kill()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes == [RedisError.Code?](repeating: .connectionLost, count: 102))
        #expect(await losses.first { _ in true }?.code == .connectionLost)
        await redis.close()
        told.finish()
        #expect(await losses.first { _ in true } == nil)
    }

    @Test func anIdleConnectionLearnsOfItsLoss() async throws {
        let server = try PrivateRedis()
        let (losses, told) = AsyncStream.makeStream(of: RedisError.self)
        let redis = try await Fixture.connect(server) { told.yield($0) }
        server.kill()
        #expect(await losses.first { _ in true }?.code == .connectionLost)
        #expect(await !redis.isOpen)
        #expect(await failure { _ = try await redis.send(["PING"]) } == .connectionLost)
    }

    @Test func aServerThatCameBackTakesNewConnections() async throws {
        let server = try PrivateRedis()
        for round in 1...3 {
            let (losses, told) = AsyncStream.makeStream(of: RedisError.self)
            let redis = try await Fixture.connect(server) { told.yield($0) }
            #expect(try await redis.send(["INCR", "round"]) == .integer(1), "round \(round)")
            try server.restart()
            _ = await losses.first { _ in true }
        }
    }

    @Test func nobodyListeningIsNoConnection() async throws {
        let server = try PrivateRedis()
        server.kill()
        #expect(await failure { _ = try await Fixture.connect(server) } == .cannotConnect)
        let missing = try RedisAddress("redis+unix:///nowhere/redis.sock")
        let code = await failure {
            _ = try await RedisConnection.connect(missing, on: Fixture.loop, timeout: Fixture.patience)
        }
        #expect(code == .cannotConnect)
    }

    @Test func aServerThatSaysNothingIsGivenUpInTime() async throws {
        let (path, listener) = try SilentServer.listen()
        let address = try RedisAddress("redis+unix://" + path)
        let code = await failure {
            _ = try await RedisConnection.connect(address, on: Fixture.loop, timeout: .milliseconds(50))
        }
        #expect(code == .timeout)
        SilentServer.remove(path, listener)
    }
}
