import ChatApplication
import ChatDomain
import JSONText
import WireProtocol

/// `edit`, `recall`, `react`.
extension LoopWorker {
    func edit(_ call: Call) async throws -> JSONValue {
        let (conversation, seq) = try named(call)
        let text = try text(call)
        return try await mark(call, conversation, seq) { .editMessage($0, text: text) }
    }

    func recall(_ call: Call) async throws -> JSONValue {
        let (conversation, seq) = try named(call)
        return try await mark(call, conversation, seq) { .recallMessage($0) }
    }

    func react(_ call: Call) async throws -> JSONValue {
        let (conversation, seq) = try named(call)
        let emoji = try call.parameters.string("emoji", where: TextRules.isEmoji)
        let remove = try call.parameters.bool("remove", default: false)
        return try await mark(call, conversation, seq) { .react($0, emoji: emoji, remove: remove) }
    }

    private func named(_ call: Call) throws(RPCError) -> (Conversation, Int64) {
        (try call.parameters.conversation(), try call.parameters.integer("seq", in: 1...Int64.max))
    }

    private func mark(
        _ call: Call, _ conversation: Conversation, _ seq: Int64, _ make: (MessageTarget) -> Command
    ) async throws -> JSONValue {
        _ = try call.parameters.optionalString("key", where: TextRules.isKey)
        let target = try await target(seq, in: conversation, try call.session())
        let command = make(target)
        let outcome = await run(try request(call) { (_) throws(DecisionStop) in command }, call.connection)
        return try result(of: outcome, call.connection) { _, receipt in
            ["position": receipt.position.map { .integer($0.value) } ?? .null]
        }
    }

    /// The message if the session's user can read it. Whoever takes no part is refused by the decision, so that a
    /// command under a key that was carried out before has its first result all the same.
    private func target(
        _ seq: Int64, in conversation: Conversation, _ session: Session
    ) async throws -> MessageTarget {
        var target = MessageTarget(conversation: conversation, seq: seq, said: nil)
        do {
            let from = try await readable(conversation, session)
            if let event = try await said(seq, in: conversation, from: from), let sender = event.cause.actor {
                target.said = MessageTarget.Said(from: sender, position: event.position)
            }
        } catch is Refusal {
            return target
        }
        return target
    }
}
