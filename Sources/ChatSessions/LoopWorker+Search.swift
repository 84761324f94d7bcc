import ChatApplication
import ChatDomain
import JSONText
import WireProtocol

/// `search`.
extension LoopWorker {
    /// Scalars of a query, once it is folded.
    private static let queryLength = 2...64

    func search(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let query = services.credentials.folded(try call.parameters.string("query"))
        guard Self.queryLength.contains(query.unicodeScalars.count) else { throw RPCError.invalidParameter("query") }
        let conversation = call.parameters.has("conversation") ? try call.parameters.conversation() : nil
        let before = try call.parameters.optionalInteger("before", in: 0...Int64.max).map { Position($0) }
        let limit = try call.parameters.limit(default: 50, maximum: 50)
        if let conversation { _ = try await readable(conversation, session) }
        let page = try await services.reads.search(
            SearchRequest(
                user: session.user, folded: query, conversation: conversation, before: before, limit: limit),
            atLeast: session.told)
        let events = try await services.reads.messages(at: page.positions)
        // One that was recalled a moment ago may still be found, but has no text any more.
        let found = try await encoder.messages(events, services.reads, atLeast: session.told)
            .filter { !$0.text.isEmpty }
        let fitted = fitting(found.reversed().map(\.json), into: call.budget - Self.listNames)
        return [
            "messages": .array(fitted.entries), "more": .bool(page.more || fitted.isCut),
            "upTo": .integer(page.upTo.value),
        ]
    }
}
