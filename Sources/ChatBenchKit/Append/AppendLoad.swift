import ChatApplication
import ChatDomain
import EventCodec
import Sealing

/// Batches of direct messages from random users to one of their ten friends, as a node would append them. Each message
/// is guarded by both accounts and by what is between the two, and moves their conversation by one.
struct AppendLoad {
    /// The node that appends.
    static let node: NodeName = NodeName("bench")
    /// The version of its stream that its joining gives.
    static let term: Int64 = 1
    private static let friends = 10

    let users: Int
    let textBytes: Int
    /// Whether each command has an idempotency key, that no other has.
    let hasKeys: Bool
    private let keys: HistoryKeys
    private var random: SeededNumbers
    private var number: Int64 = 0

    init(users: Int, textBytes: Int, hasKeys: Bool, seed: UInt64) {
        (self.users, self.textBytes, self.hasKeys) = (users, textBytes, hasKeys)
        keys = HistoryKeys(seed: seed)
        random = SeededNumbers(seed: seed)
    }

    /// Commands that make the node and the users, in batches of so many.
    func beginnings(of size: Int) throws -> [AppendBatch] {
        let node = try command(.nodeJoined(NodeJoined(node: Self.node)), in: .node(Self.node), guards: [])
        let others = try (1...Int64(users)).map { number in
            let user = UserID(number)
            let event = UserRegistered(
                user: user, nameDigest: "\(number)", name: "u\(number)", passwordHash: History.passwordHash,
                address: nil)
            return try command(.userRegistered(event), in: .account(user), guards: [Guard(.account(user), 0)])
        }
        let all = [node] + others
        return stride(from: 0, to: all.count, by: size).map {
            AppendBatch(origin: nil, commands: Array(all[$0..<min($0 + size, all.count)]))
        }
    }

    /// The next batch of the node, of so many messages.
    mutating func batch(of size: Int) throws -> AppendBatch {
        number += 1
        let commands = try (0..<size).map { chain in
            var message = try message()
            message.chain = chain
            return message
        }
        return AppendBatch(origin: BatchOrigin(node: Self.node, term: Self.term, number: number), commands: commands)
    }

    private mutating func message() throws -> AppendCommand {
        let sender = random.below(users)
        let recipient = (sender + 1 + random.below(min(Self.friends, users - 1))) % users
        let (me, other) = (UserID(Int64(sender + 1)), UserID(Int64(recipient + 1)))
        let conversation = Conversation.direct(between: me, and: other)
        let event = MessageSent(conversation: conversation, from: me, text: random.word(textBytes), replyTo: nil)
        var made = try command(
            .messageSent(event), in: .messages(conversation),
            guards: [Guard(.account(me), 1), Guard(.account(other), 1), Guard(.contact(me, other), 0)])
        made.cause = Cause(actor: me, session: SessionID(random.word(16)), device: "bench", reference: "1")
        if hasKeys { made.key = key() }
        return made
    }

    private mutating func key() -> IdempotencyKey {
        func bytes() -> [UInt8] {
            [random.next(), random.next()].flatMap { half in
                (0..<8).map { UInt8(truncatingIfNeeded: half >> (8 * UInt64($0))) }
            }
        }
        return IdempotencyKey(digest: bytes(), parameters: bytes(), remember: true, result: [])
    }

    private func command(_ event: ChatEvent, in stream: StreamName, guards: [Guard]) throws -> AppendCommand {
        let stored = try EventCodec.encode(event, in: stream, sealer: keys, at: HistoryPlan.begin)
        let encoded = EncodedEvent(
            stream: stream, type: stored.type, schema: stored.schema, payload: stored.payload)
        return AppendCommand(chain: 0, guards: guards, events: [encoded])
    }
}
