import ChatTestKit
import RedisClient
import Testing

@Suite struct RedisStreamTests {
    @Test func aBlockedReadIsWokenByAnotherConnection() async throws {
        let server = try PrivateRedis()
        let (reader, writer) = (try await Fixture.connect(server), try await Fixture.connect(server))
        async let read = reader.xread("s", after: .zero, block: Fixture.patience, count: 10)
        try await Fixture.untilBlocked(1, server)
        let added = try await writer.send(["XADD", "s", "7-0", "d", .bytes([0, 255, 10])])
        let entries = try await read
        #expect(added.text == "7-0")
        #expect(entries.map(\.id) == [RedisStreamID(7)])
        #expect(entries.first?["d"] == [0, 255, 10])
        await reader.close()
        await writer.close()
    }

    @Test func aReadGoesOnBehindAnIdAndInPages() async throws {
        try await Fixture.withConnection { redis in
            _ = try await redis.pipeline((1...25).map { ["XADD", "pages", .integer($0), "n", .integer($0)] })
            var after = RedisStreamID.zero
            var pages: [[UInt64]] = []
            while true {
                let entries = try await redis.xread("pages", after: after, count: 10)
                guard let last = entries.last else { break }
                pages.append(entries.map(\.id.major))
                after = last.id
            }
            #expect(pages == [Array(1...10), Array(11...20), Array(21...25)])
        }
    }

    @Test func aReadThatNothingWakesEndsEmpty() async throws {
        try await Fixture.withConnection { redis in
            for block in [.milliseconds(5), .zero, nil] as [Duration?] {
                let entries = try await redis.xread("quiet", after: .zero, block: block, count: 1)
                #expect(entries == [])
            }
        }
    }

    @Test func anIdNotAboveTheTopIsRefused() async throws {
        try await Fixture.withConnection { redis in
            let replies = try await redis.pipeline([
                ["XADD", "ids", "5", "d", "x"], ["XADD", "ids", "5", "d", "y"], ["XADD", "ids", "4", "d", "z"],
                ["XADD", "ids", "6", "d", "w"],
            ])
            #expect(replies[0].text == "5-0")
            for refused in replies[1...2] {
                guard case .error(let text) = refused else {
                    Issue.record("added twice")
                    continue
                }
                #expect(text.contains("equal or smaller than the target stream top item"))
                #expect(throws: RedisError.self) { try refused.accepted() }
            }
            #expect(try await redis.xread("ids", after: .zero, count: 9).map(\.id.major) == [5, 6])
        }
    }

    @Test func aKeyThatIsNoStreamIsAnError() async throws {
        try await Fixture.withConnection { redis in
            _ = try await redis.send(["SET", "text", "v"])
            let code = await failure { _ = try await redis.xread("text", after: .zero, count: 1) }
            #expect(code == .refused)
        }
    }
}
