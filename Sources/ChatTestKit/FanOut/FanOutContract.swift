public import ChatApplication
import ChatDomain
import Testing

/// What every fan-out must do. One suite, carried out on each implementation while it is empty.
public enum FanOutContract: String, CaseIterable, Sendable {
    case entriesComeInTheOrderOfTheirPositions
    case publishingAgainIsIgnored
    case anEntryBelowTheNewestIsIgnored
    case eachNodeReadsItsOwn
    case readingGoesOnAfterAnID
    case aWatermarkFollowsTheItemOfItsPosition
    case aWatermarkRisesWithItsTick
    case anItemIsReadAsItWasPublished
    case bytesOfAnyKindGoThrough
    case nothingToReadComesBackEmpty
    case aWaitingReadIsWokenByAPublication
    case manyEntriesComeInPages
    case aHintReachesWhoeverListens
    case whoIsTypingIsToldToWhoeverListens

    /// Carries this claim out; what fails is recorded as an issue of the running test.
    public func check(_ fanOut: any FanOut) async throws {
        switch self {
        case .entriesComeInTheOrderOfTheirPositions: try await order(fanOut)
        case .publishingAgainIsIgnored: try await again(fanOut)
        case .anEntryBelowTheNewestIsIgnored: try await below(fanOut)
        case .eachNodeReadsItsOwn: try await own(fanOut)
        case .readingGoesOnAfterAnID: try await goesOn(fanOut)
        case .aWatermarkFollowsTheItemOfItsPosition: try await watermark(fanOut)
        case .aWatermarkRisesWithItsTick: try await ticks(fanOut)
        case .anItemIsReadAsItWasPublished: try await wholeItem(fanOut)
        case .bytesOfAnyKindGoThrough: try await anyBytes(fanOut)
        case .nothingToReadComesBackEmpty: try await nothing(fanOut)
        case .aWaitingReadIsWokenByAPublication: try await woken(fanOut)
        case .manyEntriesComeInPages: try await pages(fanOut)
        case .aHintReachesWhoeverListens: try await hints(fanOut)
        case .whoIsTypingIsToldToWhoeverListens: try await typing(fanOut)
        }
    }

    /// A node of this claim alone, so that claims may share a carrier.
    private func node(_ suffix: String = "") -> NodeName { NodeName("\(rawValue)\(suffix)") }

    private func order(_ fanOut: any FanOut) async throws {
        try await fanOut.publish([3, 5, 8].map { (node(), item($0)) })
        try await fanOut.publish([(node(), item(13))])
        #expect(try await fanOut.all(node()).map(\.entry.position.value) == [3, 5, 8, 13])
        #expect(try await fanOut.all(node()).map(\.entry.previous.value) == [2, 4, 7, 12])
    }

    private func again(_ fanOut: any FanOut) async throws {
        try await fanOut.publish([(node(), item(3)), (node(), item(4))])
        try await fanOut.publish([(node(), item(3)), (node(), item(4)), (node(), item(5))])
        #expect(try await fanOut.all(node()).map(\.entry.position.value) == [3, 4, 5])
    }

    private func below(_ fanOut: any FanOut) async throws {
        try await fanOut.publish([(node(), .watermark(Position(10), previous: Position(4), tick: 7))])
        try await fanOut.publish([(node(), item(9)), (node(), item(10)), (node(), item(11))])
        #expect(try await fanOut.all(node()).map(\.entry.position.value) == [10, 11])
    }

    private func own(_ fanOut: any FanOut) async throws {
        try await fanOut.publish([(node("a"), item(1)), (node("b"), item(2)), (node("a"), item(3))])
        #expect(try await fanOut.all(node("a")).map(\.entry.position.value) == [1, 3])
        #expect(try await fanOut.all(node("b")).map(\.entry.position.value) == [2])
    }

    private func goesOn(_ fanOut: any FanOut) async throws {
        try await fanOut.publish((1...4).map { (node(), item($0)) })
        let first = try await fanOut.read(node: node(), after: "2-0", timeout: .zero)
        #expect(first.map(\.entry.position.value) == [3, 4])
        let last = try #require(first.last)
        #expect(try await fanOut.read(node: node(), after: last.id, timeout: .zero).isEmpty)
        try await fanOut.publish([(node(), item(9))])
        #expect(try await fanOut.read(node: node(), after: last.id, timeout: .zero).map(\.id) == ["9-0"])
    }

    private func watermark(_ fanOut: any FanOut) async throws {
        try await fanOut.publish([
            (node(), item(6)), (node(), .watermark(Position(6), previous: Position(6), tick: 0)), (node(), item(7)),
        ])
        let found = try await fanOut.all(node())
        #expect(found.map(\.entry.position.value) == [6, 6, 7])
        guard case .watermark(_, let previous, let tick)? = found.dropFirst().first?.entry else {
            Issue.record("no watermark")
            return
        }
        #expect(previous == Position(6))
        #expect(tick == 1)
    }

    private func ticks(_ fanOut: any FanOut) async throws {
        for tick: Int64 in [1_763_647_302_000, 1_763_647_301_000, 1_763_647_303_000] {
            try await fanOut.publish([(node(), .watermark(Position(6), previous: Position(2), tick: tick))])
        }
        #expect(try await fanOut.all(node()).map(\.id) == ["6-1763647302000", "6-1763647303000"])
    }

    private func nothing(_ fanOut: any FanOut) async throws {
        #expect(try await fanOut.read(node: node(), after: "0-0", timeout: .zero).isEmpty)
        #expect(try await fanOut.read(node: node(), after: "0-0", timeout: .milliseconds(20)).isEmpty)
    }

    private func woken(_ fanOut: any FanOut) async throws {
        async let read = fanOut.read(node: node(), after: "0-0", timeout: .seconds(600))
        try await fanOut.publish([(node(), item(4))])
        #expect(try await read.map(\.entry.position.value) == [4])
    }

    private func pages(_ fanOut: any FanOut) async throws {
        try await fanOut.publish((1...2_500).map { (node(), item($0)) })
        let found = try await fanOut.all(node())
        #expect(found.map(\.entry.position.value) == Array(1...2_500))
    }

    private func hints(_ fanOut: any FanOut) async throws {
        let (hints, told) = AsyncStream<LogHint>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let listening = Task { await fanOut.onHint { told.yield($0) } }
        let hinting = Task {
            // Until somebody listens, a hint reaches nobody. Only what stands at an even position is waited for.
            var head: Int64 = 44
            while !Task.isCancelled {
                await fanOut.hint(LogHint(head: Position(head), awaited: Position(head / 2 * 2)))
                head += 1
                await Task.yield()
            }
        }
        var kinds: Set<Bool> = []
        for await hint in hints {
            let isAwaited = hint.awaited >= hint.head
            #expect(isAwaited == hint.head.value.isMultiple(of: 2))
            kinds.insert(isAwaited)
            if kinds.count == 2 { break }
        }
        hinting.cancel()
        listening.cancel()
        await hinting.value
        await listening.value
    }
}

extension FanOut {
    /// Everything that is in a node's stream.
    func all(_ node: NodeName) async throws -> [FanOutDelivery] {
        var found: [FanOutDelivery] = []
        while true {
            let page = try await read(node: node, after: found.last?.id ?? "0-0", timeout: .zero)
            if page.isEmpty { return found }
            found += page
        }
    }
}

/// An item that names the position before its own as its predecessor.
func item(_ position: Int64) -> FanOutEntry {
    .item(
        FeedItem(position: Position(position), at: 5, audience: Audience(users: [UserID(3)]), line: [1]),
        previous: Position(position - 1))
}
