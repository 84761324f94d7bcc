import ChatTestKit
import RedisClient
import Testing

@Suite struct RedisConnectionTests {
    @Test func tenThousandCommandsInOnePipelineAreAnsweredInOrder() async throws {
        try await Fixture.withConnection { redis in
            let replies = try await redis.pipeline((0..<10_000).map { ["ECHO", .integer($0)] })
            #expect(replies.texts == (0..<10_000).map { String($0) })
        }
    }

    @Test func manyTasksOnOneConnectionEachGetTheirOwnAnswer() async throws {
        try await Fixture.withConnection { redis in
            let wrong = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<2_000 {
                    group.addTask {
                        if number % 3 == 0 {
                            let replies = try await redis.pipeline([["ECHO", .integer(number)], ["ECHO", "x"]])
                            return replies.texts != [String(number), "x"]
                        }
                        return try await redis.send(["ECHO", .integer(number)]).text != String(number)
                    }
                }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(wrong == 0)
        }
    }

    @Test func valuesAreBytesOfAnyKind() async throws {
        let value = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await Fixture.withConnection { redis in
            let replies = try await redis.pipeline([
                ["SET", "binary", .bytes(value)], ["GET", "binary"], ["SET", "binary:empty", .bytes([])],
                ["GET", "binary:empty"], ["GET", "binary:none"],
            ])
            #expect(replies == [.status("OK"), .bytes(value), .status("OK"), .bytes([]), .null])
        }
    }

    @Test func everyKindOfReplyArrives() async throws {
        try await Fixture.withConnection { redis in
            let script = "return {1, 'a', {redis.status_reply('S'), {false, 'b'}}, redis.error_reply('ERR x')}"
            let reply = try await redis.send(["EVAL", .string(script), 0])
            let inner = RedisReply.array([.status("S"), .array([.null, .bytes([98])])])
            #expect(reply == .array([.integer(1), .bytes([97]), inner, .error("ERR x")]))
        }
    }

    @Test func anErrorKeepsNoOtherCommandFromBeingDone() async throws {
        try await Fixture.withConnection { redis in
            let replies = try await redis.pipeline([["SET", "e", "v"], ["LPUSH", "e", "x"], ["GET", "e"]])
            #expect(replies[0] == .status("OK"))
            #expect(throws: RedisError.self) { try replies[1].accepted() }
            #expect(replies[2].text == "v")
        }
    }

    @Test func anEmptyPipelineIsAnsweredAtOnce() async throws {
        try await Fixture.withConnection { redis in
            let replies = try await redis.pipeline([])
            #expect(replies == [])
        }
    }

    @Test func whatWouldPileUpIsRefusedAndNothingElse() async throws {
        try await Fixture.withConnection { redis in
            let many = [[RedisArgument]](repeating: ["PING"], count: RedisConnection.maximumPendingCommands + 1)
            #expect(await failure { _ = try await redis.pipeline(many) } == .overloaded)
            let replies = try await redis.pipeline(many.dropLast())
            #expect(replies.count == many.count - 1)
        }
    }

    @Test func aTimeoutEndsTheConnectionAndTellsEachWaiterItsOwn() async throws {
        let (losses, told) = AsyncStream.makeStream(of: RedisError.self)
        let redis = try await Fixture.connect(Fixture.sharedRedis()) { told.yield($0) }
        async let late = failure { _ = try await redis.send(["BLPOP", "never", 0], timeout: .milliseconds(50)) }
        let patient = await failure { _ = try await redis.send(["BLPOP", "never", 0]) }
        // Which of the two is sent first does not matter: neither is answered.
        #expect(await late == .timeout)
        #expect(patient == .connectionLost)
        #expect(await losses.first { _ in true }?.code == .timeout)
        #expect(await failure { _ = try await redis.send(["PING"]) } == .connectionLost)
        #expect(await !redis.isOpen)
    }

    @Test func closingFailsWhatWaitsAndIsNoLoss() async throws {
        let (losses, told) = AsyncStream.makeStream(of: RedisError.self)
        let server = try PrivateRedis()
        let redis = try await Fixture.connect(server) { told.yield($0) }
        async let waiting = failure { _ = try await redis.send(["BLPOP", "never", 0]) }
        try await Fixture.untilBlocked(1, server)
        await redis.close()
        await redis.close()
        #expect(await waiting == .closed)
        #expect(await failure { _ = try await redis.send(["PING"]) } == .closed)
        told.finish()
        #expect(await losses.first { _ in true } == nil)
    }

    @Test func closingInTheMidstOfManySendsLeavesNobodyWaiting() async throws {
        for _ in 0..<20 {
            let redis = try await Fixture.connect(Fixture.sharedRedis())
            let outcomes = await withTaskGroup(of: RedisError.Code?.self) { group in
                for _ in 0..<100 { group.addTask { await failure { _ = try await redis.send(["PING"]) } } }
                group.addTask {
                    await redis.close()
                    return .closed
                }
                for _ in 0..<100 { group.addTask { await failure { _ = try await redis.send(["PING"]) } } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count == 201)
            #expect(outcomes.allSatisfy { $0 == nil || $0 == .closed })
        }
    }
}
