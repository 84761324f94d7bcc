import ChatApplication
import ChatDomain
import ChatTestKit
import Synchronization
import Testing

@Suite("Delivery")
struct DeliveryTests {
    private let a = NodeName("a")
    private let b = NodeName("b")

    /// Two nodes, a user on each, both members of group 7, and a relay.
    private func world() async throws -> DeliveryWorld {
        let world = DeliveryWorld()
        world.addNode("a")
        world.addNode("b")
        try await world.append(opened("s1", 1, "a"))
        try await world.append(opened("s2", 2, "b"))
        for user: Int64 in 1...2 {
            try await world.append(.memberJoined(MemberJoined(group: GroupID(7), user: UserID(user), members: 2)))
        }
        world.startRelay(sessionsAt: 4, membersAt: 4)
        #expect(world.loop.run(for: .seconds(5)) { world.isThrough && world.isFast(self.a) && world.isFast(self.b) })
        return world
    }

    private func finish(_ world: DeliveryWorld) {
        #expect(world.loop.run(for: .seconds(30)) { world.isThrough })
        world.checkDelivery()
        world.stop()
    }

    @Test func theFastPathIsUsedWhileTheRelaySpeaks() async throws {
        let world = try await world()
        for number in 1...20 { try await world.append(message("m\(number)")) }
        #expect(world.loop.run(for: .milliseconds(40)) { world.isThrough })
        #expect(world.repairs(a) == 0)
        world.loop.run(for: .seconds(3))
        #expect(world.isFast(a) && world.isFast(b))
        finish(world)
    }

    @Test func aLostEntryIsReadFromTheLogEvenIfItWasTheLast() async throws {
        let world = try await world()
        world.lossRate.percent = 100
        try await world.append(message("lost"))
        world.loop.run(for: .milliseconds(5))
        world.lossRate.percent = 0
        #expect(!world.isThrough)
        #expect(world.loop.run(for: .milliseconds(120)) { world.isThrough })
        #expect(world.repairs(a) == 1)
        #expect(world.isFast(a))
        finish(world)
    }

    @Test func aDeadRelayCostsHalfASecondOnce() async throws {
        let world = try await world()
        world.stopRelay()
        world.loop.run(for: .milliseconds(60))
        try await world.append(message("first"))
        #expect(world.loop.run(for: .milliseconds(500)) { world.isThrough })
        #expect(!world.isFast(a))
        try await world.append(message("second"))
        #expect(world.loop.run(for: .zero) { world.isThrough })
        finish(world)
    }

    @Test func aCarrierThatIsDownCostsNothingBeyondTheSwitch() async throws {
        let world = try await world()
        world.fanOut.isDown = true
        world.loop.run(for: .milliseconds(1))
        #expect(!world.isFast(a))
        for number in 1...5 {
            try await world.append(message("m\(number)"))
            #expect(world.loop.run(for: .zero) { world.isThrough })
            world.loop.run(for: .milliseconds(230))
        }
        world.fanOut.isDown = false
        #expect(world.loop.run(for: .milliseconds(600)) { world.isFast(self.a) && world.isFast(self.b) })
        finish(world)
    }

    // The log was read only between probes, and a probe of a carrier that does not answer takes a second.
    @Test func aCarrierThatDoesNotAnswerHoldsUpNothing() async throws {
        let world = try await world()
        world.fanOut.isDown = true
        world.loop.run(for: .milliseconds(1))
        world.fanOut.isDown = false
        world.fanOut.hanging = .seconds(1)
        world.loop.run(for: .milliseconds(300))
        for number in 1...10 {
            try await world.append(message("m\(number)"))
            #expect(world.loop.run(for: .zero) { world.isThrough })
            world.loop.run(for: .milliseconds(150))
        }
        world.fanOut.hanging = .zero
        #expect(world.loop.run(for: .seconds(3)) { world.isFast(self.a) })
        finish(world)
    }

    @Test func aCarrierThatReturnsEmptyIsUsedAgain() async throws {
        let world = try await world()
        try await world.append(message("kept"))
        world.loop.run(for: .milliseconds(5))
        world.fanOut.isDown = true
        try await world.append(message("lost"))
        world.loop.run(for: .milliseconds(700))
        world.fanOut.empty()
        world.fanOut.isDown = false
        #expect(world.loop.run(for: .milliseconds(600)) { world.isFast(self.a) })
        try await world.append(message("after"))
        #expect(world.loop.run(for: .milliseconds(5)) { world.isThrough })
        finish(world)
    }

    @Test func aRelayThatBeginsBelowWhatNodesHaveTellsNothingTwice() async throws {
        let world = try await world()
        for number in 1...10 { try await world.append(message("m\(number)")) }
        world.loop.run(for: .milliseconds(100))
        world.stopRelay()
        world.loop.run(for: .milliseconds(100))
        world.startRelay(sessionsAt: 3, membersAt: 6)
        try await world.append(message("after"))
        #expect(world.loop.run(for: .seconds(2)) { world.isThrough && world.isFast(self.a) })
        finish(world)
    }

    // Of a node that the relay did not know yet it claimed that nothing had concerned it since the beginning of the
    // page: sessions that opened and ended elsewhere meanwhile were lost to it for ever.
    @Test func aNodeThatTheRelayHasJustMetMissesNoSession() async throws {
        let world = try await world()
        let c = NodeName("c")
        world.addNode("c")
        try await world.append(opened("s3", 3, "c"))
        try await world.append(opened("s4", 4, "a"))
        try await world.append(
            .messageSent(
                MessageSent(conversation: .direct(between: UserID(1), and: UserID(3)), from: UserID(1), text: "hello")))
        world.loop.run(for: .milliseconds(5))
        let entries = try await world.fanOut.read(node: c, after: "0-0", timeout: .zero)
        let first = try #require(entries.first)
        #expect(first.entry.previous == first.entry.position.advanced(by: -1))
        finish(world)
    }

    // The carrier went on to say that it was alive, and so nobody read the log.
    @Test func aRelayThatIsLateIsLeftUntilItHasCaughtUp() async throws {
        let world = try await world()
        world.stopRelay()
        world.loop.run(for: .milliseconds(20))
        for number in 1...30 { try await world.append(message("m\(number)")) }
        // One that speaks of where it is, and stays there.
        for tick: Int64 in 1...40 {
            let now = world.loop.now() / 1_000 + tick
            try await world.fanOut.publish(
                [a, b].map { ($0, .watermark(Position(4), previous: Position(4), tick: now)) })
            world.loop.run(for: .milliseconds(50)) { world.isThrough }
            if world.isThrough { break }
        }
        #expect(world.isThrough)
        finish(world)
    }

    @Test func anOutageOfTheLogIsToldOnceAndSoIsItsEnd() async throws {
        let world = try await world()
        world.stopRelay()
        world.loop.run(for: .seconds(1))
        for _ in 1...2 {
            world.log.fault = .unavailable("away")
            world.loop.run(for: .seconds(5))
            world.log.fault = nil
            try await world.append(message("after"))
            #expect(world.loop.run(for: .seconds(1)) { world.isThrough })
        }
        world.loop.run(for: .seconds(1))
        #expect(world.received[a]?.outages.withLock { $0 } == ["failed", "recovered", "failed", "recovered"])
        finish(world)
    }

    @Test(arguments: [true, false])
    func whileALoopLagsNothingMoreIsReadForIt(fast: Bool) async throws {
        let world = try await world()
        if !fast { world.stopRelay() }
        world.loop.run(for: .seconds(1))
        let received = try #require(world.received[a])
        received.hasRoom.withLock { $0 = false }
        world.loop.run(for: .seconds(1))
        let before = received.items.count
        for number in 1...50 {
            try await world.append(message("m\(number)"))
            world.loop.run(for: .milliseconds(20))
        }
        #expect(received.items.count == before)
        received.hasRoom.withLock { $0 = true }
        finish(world)
    }

    @Test func anAbsenceIsToldOnceItsGraceIsOver() async throws {
        let world = DeliveryWorld()
        world.addNode("a")
        try await world.append(opened("s1", 1, "a"))
        world.loop.run(for: .milliseconds(1))
        try await world.append(
            .sessionClosed(
                SessionClosed(user: UserID(1), session: SessionID("s1"), device: "d", reason: .disconnected)))
        world.loop.run(for: .milliseconds(1))
        #expect(world.received[a]?.online == [1])
        world.loop.run(for: .seconds(3))
        #expect(world.received[a]?.online == [])
        finish(world)
    }
}

func opened(_ session: String, _ user: Int64, _ node: String, replaced: String? = nil) -> ChatEvent {
    .sessionOpened(
        SessionOpened(
            user: UserID(user), session: SessionID(session), device: "d", node: NodeName(node), term: 1,
            tokenDigest: "70ce", replaced: replaced.map { SessionID($0) }, address: "192.0.2.7"))
}

func message(_ text: String, in group: Int64 = 7) -> ChatEvent {
    .messageSent(MessageSent(conversation: .group(GroupID(group)), from: UserID(1), text: text))
}
