import ChatApplication
import ChatDomain
import JSONText
import WireProtocol

/// `chat`, `groupchat`, `history`.
extension LoopWorker {
    func chat(_ call: Call) throws -> CommandCall {
        let to = try call.parameters.user("to")
        let text = try text(call)
        return CommandCall(
            request: try request(
                call, plan: resolving(to) { .sendMessage(SendMessage(target: .user($0), text: text)) }),
            render: Self.sent)
    }

    func groupChat(_ call: Call) throws -> CommandCall {
        let group = try call.parameters.group()
        let message = SendMessage(target: .group(group), text: try text(call))
        return CommandCall(
            request: try request(call) { (_) throws(DecisionStop) in .sendMessage(message) }, render: Self.sent)
    }

    func chatInReply(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let to = try call.parameters.user("to")
        let text = try text(call)
        let seq = try replied(call)
        var canRead = false
        let other: UserID? =
            switch to {
            case .id(let id): id
            case .name(let name): try await owner(ofNameDigest: services.credentials.digest(ofName: name))
            }
        if let other, other != session.user {
            canRead = try await said(seq, in: .direct(between: session.user, and: other), from: .start) != nil
        }
        let plan = resolving(to) { [canRead] in
            .sendMessage(SendMessage(target: .user($0), text: text, replyTo: seq, canReadReplied: canRead))
        }
        return try result(of: await run(try request(call, plan: plan), call.connection), call.connection, Self.sent)
    }

    func groupChatInReply(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let group = try call.parameters.group()
        let text = try text(call)
        let seq = try replied(call)
        var canRead = false
        if let joined = try await services.reads.joined(group, user: session.user, atLeast: session.told) {
            canRead = try await said(seq, in: .group(group), from: joined) != nil
        }
        let message = SendMessage(
            target: .group(group), text: text, replyTo: seq, canReadReplied: canRead)
        let request = try request(call) { (_) throws(DecisionStop) in .sendMessage(message) }
        return try result(of: await run(request, call.connection), call.connection, Self.sent)
    }

    private func replied(_ call: Call) throws(RPCError) -> Int64 {
        try call.parameters.integer("replyTo", in: 1...Int64.max)
    }

    /// The message with a number, if it was said after a position.
    func said(_ seq: Int64, in conversation: Conversation, from: Position) async throws -> RecordedEvent? {
        guard seq < Int64.max else { return nil }
        return try await services.reads.messages(
            in: conversation, from: from, after: seq - 1, before: seq + 1, limit: 1
        ).events.first
    }

    func text(_ call: Call) throws(RPCError) -> String {
        let limit = settings.textBytes
        return try call.parameters.string("text") { !$0.utf8.isEmpty && $0.utf8.count <= limit }
    }

    private static let sent: CommandCall.Render = { result, receipt in
        guard case .sent(let conversation) = result, let position = receipt.position, let seq = receipt.version else {
            throw RPCError.internal(reference: "sent")
        }
        return [
            "position": .integer(position.value), "conversation": .string(conversation.description),
            "seq": .integer(seq), "at": .string(WireTime.text(microseconds: receipt.recordedAt)),
        ]
    }

    func history(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let conversation = try call.parameters.conversation()
        let before = try call.parameters.optionalInteger("before", in: 0...Int64.max)
        let after = try call.parameters.optionalInteger("after", in: 0...Int64.max)
        let limit = try call.parameters.limit(default: 50, maximum: 200)
        let from = try await readable(conversation, session)
        let wanted = HistoryBounds(after: after, before: before)
        let page = try await history(
            session, conversation, from, wanted, limit, budget: call.budget - Self.listNames)
        try await requireStillMember(of: conversation, session)
        return page
    }

    /// Messages are read from the log, which is ahead of the table of members: who was put out meanwhile is not shown
    /// what was said since.
    private func requireStillMember(of conversation: Conversation, _ session: Session) async throws {
        guard case .group(let group) = conversation else { return }
        let head = try await services.log.heads(of: [.member(group, session.user)]).first
        guard case .member(let member)? = head?.decodedState, member.role != nil else { throw Refusal.notAMember }
    }

    /// Reads in growing steps, so that no more is read than fits into the answer.
    private func history(
        _ session: Session, _ conversation: Conversation, _ from: Position, _ wanted: HistoryBounds, _ limit: Int,
        budget: Int
    ) async throws -> JSONValue {
        var bounds = wanted
        var messages: [JSONValue] = []
        var left = budget
        var step = max(2, budget / settings.textBytes)
        var isArchived = false
        while true {
            let found = try await services.reads.messages(
                in: conversation, from: from, after: bounds.after, before: bounds.before,
                limit: min(step, limit - messages.count))
            let read = try await encoder.messages(found.events, services.reads, atLeast: session.told)
            // What does not fit is left out at the end that is farther from where the reading began.
            let page = fitting((wanted.takesNewest ? read.reversed() : read).map(\.json), into: left)
            messages += page.entries
            left -= page.bytes
            let more = found.more || page.isCut
            if !wanted.takesNewest, found.archived { isArchived = true }
            guard more, !page.isCut, messages.count < limit, let first = read.first, let last = read.last else {
                var page: JSONObject = [
                    "messages": .array(wanted.takesNewest ? messages.reversed() : messages), "more": .bool(more),
                ]
                if isArchived || wanted.takesNewest && found.archived && !more { page["archived"] = true }
                return .object(page)
            }
            bounds.go(past: wanted.takesNewest ? first.seq : last.seq, newest: wanted.takesNewest)
            step *= 2
        }
    }

    /// The position after which the session's user may read a conversation.
    func readable(_ conversation: Conversation, _ session: Session) async throws -> Position {
        switch conversation {
        case .direct(let one, let other):
            guard session.user == one || session.user == other else { throw Refusal.forbidden }
            return .start
        case .group(let group):
            let joined = try await services.reads.joined(group, user: session.user, atLeast: session.told)
            guard let joined else { throw Refusal.notAMember }
            return joined
        }
    }
}

/// Between which numbers a page of a conversation lies, both excluded.
private struct HistoryBounds {
    var after: Int64?
    var before: Int64?

    /// Without bounds, or with `before`, the newest are wanted.
    var takesNewest: Bool { before != nil || after == nil }

    /// The next step begins behind what was read.
    mutating func go(past seq: Int64, newest: Bool) {
        if newest { before = seq } else { after = seq }
    }
}
