import ChatApplication
import ChatDomain
import Testing

extension FanOutContract {
    private static let changes: [RoutingChange?] = [
        nil, .founded(GroupID(7), UserID(3)), .promoted(GroupID(7), UserID(3)), .demoted(GroupID(7), UserID(3)),
        .joined(GroupID(7), UserID(3)), .left(GroupID(7), UserID(3)), .groupDeleted(GroupID(7)),
        .befriended(UserID(3), UserID(9)), .unfriended(UserID(3), UserID(9)),
        .blocked(Block(by: UserID(3), user: UserID(9))), .unblocked(Block(by: UserID(9), user: UserID(3))),
        .nodeLost(NodeName("a-1")),
        .sessionsEnded(
            SessionsEnded(
                user: UserID(3), kept: SessionID("kept"), sessions: [SessionID("s1"), SessionID("s2")],
                isDeleted: false)),
        .sessionsEnded(SessionsEnded(user: UserID(4), kept: nil, sessions: [], isDeleted: true)),
        .sessionClosed(
            SessionClosed(user: UserID(3), session: SessionID("s\u{1F600}"), device: nil, reason: .logout)),
        .sessionOpened(
            SessionOpened(
                user: UserID(3), session: SessionID("s2"), device: "pho\"ne", node: NodeName("b"), term: 5,
                tokenDigest: "", replaced: SessionID("s1"), forgotten: "old")),
    ]

    func wholeItem(_ fanOut: any FanOut) async throws {
        let node = NodeName(rawValue)
        var items: [FeedItem] = []
        for (index, change) in Self.changes.enumerated() {
            items.append(
                FeedItem(
                    position: Position(Int64(index) * 3 + 2), at: 1_763_647_302_123_456 + Int64(index),
                    audience: Audience(
                        users: (0..<index).map { UserID(Int64($0)) }, group: index % 2 == 0 ? GroupID(9) : nil),
                    routing: change,
                    mark: index % 2 == 1 ? FeedItem.Mark(message: Position(5), isRecall: index % 3 == 0) : nil,
                    origin: index % 3 == 0 ? SessionID("o\"1") : nil,
                    line: Array("line \(index)".utf8),
                    personal: index % 4 == 0 ? [UserID(3): [9], UserID(9): []] : [:],
                    direct: index % 2 == 0 ? FeedItem.DirectMessage(from: UserID(3), seq: Int64(index)) : nil,
                    receipts: index % 3 == 0 ? Self.receipts : []))
        }
        try await fanOut.publish(items.map { (node, .item($0, previous: $0.position.advanced(by: -1))) })
        let found = try await fanOut.all(node)
        #expect(found.count == items.count)
        for (delivery, item) in zip(found, items) {
            guard case .item(let read, let previous) = delivery.entry else {
                Issue.record("no item")
                continue
            }
            #expect(previous == item.position.advanced(by: -1))
            #expect(read.position == item.position)
            #expect(read.at == item.at)
            #expect(read.audience == item.audience)
            #expect(read.routing == item.routing)
            #expect(read.mark == item.mark)
            #expect(read.origin == item.origin)
            #expect(read.line == item.line)
            #expect(read.personal == item.personal)
            #expect(read.direct == item.direct)
            #expect(read.receipts == item.receipts)
        }
    }

    private static let receipts = [
        ConversationReceipt(
            conversation: .direct(UserID(3), UserID(9)), user: UserID(9), name: "b\"ob",
            progress: .delivered(17)),
        ConversationReceipt(
            conversation: .group(GroupID(7)), user: UserID(3), name: nil, progress: .read(4),
            tellsGroup: true),
    ]

    func typing(_ fanOut: any FanOut) async throws {
        let signal = TypingSignal(
            conversation: .group(GroupID(7)), user: UserID(3), name: "z\u{1F600}\"", node: NodeName("a"))
        let (signals, told) = AsyncStream<TypingSignal>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let listening = Task { await fanOut.onTyping { told.yield($0) } }
        let saying = Task {
            // Until somebody listens, it reaches nobody.
            while !Task.isCancelled {
                await fanOut.say(signal)
                await Task.yield()
            }
        }
        for await found in signals {
            #expect(found == signal)
            break
        }
        saying.cancel()
        listening.cancel()
        await saying.value
        await listening.value
    }

    func anyBytes(_ fanOut: any FanOut) async throws {
        let node = NodeName(rawValue)
        let bytes = (0...255).map { UInt8($0) } + [13, 10, 0, 0]
        let item = FeedItem(
            position: Position(1), at: 0, audience: Audience(), line: bytes, personal: [UserID(1): bytes.reversed()])
        try await fanOut.publish([(node, .item(item, previous: .start))])
        guard case .item(let read, _)? = try await fanOut.all(node).first?.entry else {
            Issue.record("no item")
            return
        }
        #expect(read.line == bytes)
        #expect(read.personal == [UserID(1): bytes.reversed()])
    }
}
