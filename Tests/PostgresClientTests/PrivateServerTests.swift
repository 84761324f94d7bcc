import ChatTestKit
import Foundation
import Testing

@Suite struct PrivateServerTests {
    @Test func databasesOfTheSharedClusterAreFreshAndDurable() throws {
        let cluster = try PrivatePostgres.shared()
        let (one, other) = try (cluster.freshDatabase(), cluster.freshDatabase())
        #expect(one != other)
        #expect(try cluster.run(sql: "SHOW fsync; SHOW synchronous_commit") == "on\non\n")
    }

    @Test func aRestartedClusterKeepsItsData() throws {
        let cluster = try PrivatePostgres()
        try cluster.run(sql: "CREATE TABLE kept (n int)")
        cluster.stop(fast: false)
        #expect(throws: PrivateServerError.self) { try cluster.run(sql: "SELECT 1") }
        try cluster.start()
        #expect(try cluster.run(sql: "SELECT count(*) FROM kept") == "0\n")
    }

    @Test func redisRestartsEmptyWhenAskedTo() throws {
        let redis = try PrivateRedis(persistent: true)
        #expect(try redis.command("SET", "a", "1") == "OK\n")
        try redis.restart()
        #expect(try redis.command("GET", "a") == "1\n")
        try redis.restartEmpty()
        #expect(try redis.command("GET", "a") == "\n")
        redis.kill()
        #expect(throws: PrivateServerError.self) { try redis.command("PING") }
    }

    @Test func aServerEndsWithItsOwner() throws {
        var redis: PrivateRedis? = try PrivateRedis()
        let socket = try #require(redis?.socketPath)
        redis = nil
        #expect(!FileManager.default.fileExists(atPath: socket))
    }

    /// A pipe whose end a server held would never come to its end for who reads it, as long as the server lives.
    @Test func aServerInheritsNothingThatItsStarterHasOpen() throws {
        let pipe = Pipe()
        let redis = try PrivateRedis()
        try pipe.fileHandleForWriting.close()
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        var flags = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        unsafe poll(&flags, 1, 0)
        #expect(flags.revents & Int16(POLLHUP) != 0)
        #expect(try redis.command("PING") == "PONG\n")
    }
}
