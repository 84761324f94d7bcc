import ChatApplication
import ChatDomain
import JSONText
import WireProtocol

/// `read`, `typing`, `conversations`.
extension LoopWorker {
    /// How far the conversation goes, and is read already, is looked up first; both only rise.
    func read(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let conversation = try call.parameters.conversation()
        let seq = try call.parameters.integer("seq", in: 0...Int64.max)
        _ = try call.parameters.optionalString("key", where: TextRules.isKey)
        let last = try await services.log.heads(of: [.messages(conversation)]).first?.version ?? 0
        let alreadyRead = try await services.reads.readSeq(of: session.user, in: conversation)
        let command = ReadConversation(conversation: conversation, seq: seq, last: last, alreadyRead: alreadyRead)
        let outcome = await run(
            try request(call) { (_) throws(DecisionStop) in .readConversation(command) }, call.connection)
        return try result(of: outcome, call.connection) { _, _ in [:] }
    }

    /// In no log: whoever takes part and is connected hears of it.
    func typing(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let conversation = try call.parameters.conversation()
        _ = try await readable(conversation, session)
        if let other = conversation.otherSide(of: session.user) {
            let stream = StreamName.contact(session.user, other)
            if case .contact(let contact)? = try await services.log.heads(of: [stream]).first?.decodedState {
                if contact.isBlocked(by: other) { throw Refusal.forbidden }
                // Whoever is blocked sees the blocker offline.
                if contact.isBlocked(by: session.user) { return [:] }
            }
        }
        guard session.mayTell(of: conversation, now: services.clock.now()) else { return [:] }
        try await directory.fetch(users: [session.user], groups: [])
        services.typed(
            TypingSignal(
                conversation: conversation, user: session.user, name: directory.user(session.user).name,
                node: services.node))
        return [:]
    }

    func conversations(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let before = try call.parameters.optionalInteger("before", in: 0...Int64.max).map { Position($0) }
        let limit = try call.parameters.limit(default: 100, maximum: 100)
        // Whoever was shown a message finds its conversation.
        let page = try await services.reads.conversations(
            of: session.user, before: before, limit: limit, atLeast: session.told)
        let events = try await services.reads.messages(at: page.entries.compactMap(\.last))
        let messages = try await encoder.messages(events, services.reads, atLeast: session.told)
        let last = Dictionary(messages.map { ($0.position, $0) }, uniquingKeysWith: { first, _ in first })
        let entries = page.entries.map { entry in entry.json(last: entry.last.flatMap { last[$0] }) }
        let fitted = fitting(entries, into: call.budget - Self.listNames)
        return ["conversations": .array(fitted.entries), "more": .bool(page.more || fitted.isCut)]
    }
}

extension ConversationsPage.Entry {
    fileprivate func json(last: WireMessage?) -> JSONValue {
        var object: JSONObject = ["conversation": .string(conversation.description)]
        switch partner {
        case .user(let user, _): object["with"] = user.json
        case .group(let group): object["group"] = group.json
        }
        object["position"] = .integer(position.value)
        object["lastSeq"] = .integer(lastSeq)
        object["readSeq"] = .integer(readSeq)
        object["unread"] = .integer(max(0, lastSeq - readSeq))
        if let last { object["last"] = last.json }
        if case .user(_, let reach?) = partner {
            object["others"] = ["delivered": .integer(reach.delivered), "read": .integer(reach.read)]
        }
        return .object(object)
    }
}
