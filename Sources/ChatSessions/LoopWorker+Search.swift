import ChatApplication
import ChatDomain
import JSONText
import WireProtocol

/// `search`.
extension LoopWorker {
    /// Scalars of a query, once it is folded.
    private static let queryLength = 2...64
    /// Messages that are looked at together.
    private static let lookedAt = 256
    /// Candidates that are asked for at first, and at most: where few of them are meant, many have to be looked at.
    private static let candidates = (first: 64, most: 16_384)

    func search(_ call: Call) async throws -> JSONValue {
        let session = try call.session()
        let query = services.credentials.folded(try call.parameters.string("query"))
        guard Self.queryLength.contains(query.unicodeScalars.count) else { throw RPCError.invalidParameter("query") }
        let conversation = call.parameters.has("conversation") ? try call.parameters.conversation() : nil
        let before = try call.parameters.optionalInteger("before", in: 0...Int64.max).map { Position($0) }
        let limit = try call.parameters.limit(default: 50, maximum: 50)
        if let conversation { _ = try await readable(conversation, session) }
        var request = SearchRequest(
            user: session.user, folded: query, conversation: conversation, before: before,
            atLeast: Self.candidates.first)
        var found: [WireMessage] = []
        var page = try await services.reads.search(request, atLeast: session.told)
        let upTo = page.upTo
        while true {
            var rest = page.candidates[...]
            while !rest.isEmpty, found.count <= limit, !call.connection.isClosing {
                found += try await messages(among: rest.prefix(Self.lookedAt), containing: query, session)
                rest = rest.dropFirst(Self.lookedAt)
            }
            guard page.more, found.count <= limit, !call.connection.isClosing else { break }
            request.before = page.candidates.last?.message ?? request.before
            request.atLeast = min(request.atLeast * 4, Self.candidates.most)
            page = try await services.reads.search(request, atLeast: session.told)
        }
        let fitted = fitting(found.prefix(limit).map(\.json), into: call.budget - Self.listNames)
        return [
            "messages": .array(fitted.entries), "more": .bool(found.count > limit || fitted.isCut),
            "upTo": .integer(upTo.value),
        ]
    }

    /// Those of the messages whose latest text contains the query, the newest first. One that was recalled has none.
    private func messages(
        among candidates: ArraySlice<SearchPage.Candidate>, containing query: String, _ session: Session
    ) async throws -> [WireMessage] {
        let sought = Array(query.utf8)
        func isMeant(_ text: String?) -> Bool {
            text.map { services.credentials.folded($0).contains(bytes: sought) } ?? false
        }
        // Most of those that are not meant are told by any of their texts, which costs less than their latest form.
        let texts = try await encoder.texts(of: services.reads.messages(at: candidates.flatMap(\.texts)))
        let likely = candidates.filter { $0.texts.contains { isMeant(texts[$0]) } }
        let events = try await services.reads.messages(at: likely.map(\.message))
        return try await encoder.messages(events, services.reads, atLeast: session.told)
            .filter { isMeant($0.text) }
            .sorted { $0.position > $1.position }
    }
}

extension String {
    /// Whether these bytes of UTF-8 stand in it: as scalars, not as what Unicode calls equivalent.
    fileprivate func contains(bytes sought: [UInt8]) -> Bool {
        let bytes = utf8.span
        var (start, same) = (0, 0)
        while same < sought.count, start + sought.count <= bytes.count {
            if bytes[start + same] == sought[same] { same += 1 } else { (start, same) = (start + 1, 0) }
        }
        return same == sought.count
    }
}
