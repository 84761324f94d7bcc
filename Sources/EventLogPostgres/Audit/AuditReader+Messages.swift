public import ChatApplication
public import ChatDomain
import EventCodec
import PostgresClient

extension AuditReader {
    /// What the log knows of a message; nil if there is none of this number. With texts, where there are keys.
    public func trace(
        _ conversation: Conversation, seq: Int64, texts: Bool
    ) async throws -> (trace: MessageTrace, names: AuditNames)? {
        try await access.read { transaction in
            let opener = texts ? keys.map { Keyring(store: $0) } : nil
            /// Those of some streams in a range, in order.
            func read(_ streams: [StreamName], after: Position, before: Position) async throws -> [AuditEntry] {
                let old = try await archivedEntries(streams, after: after, before: before, opener, transaction)
                return old
                    + (try await Self.entries(
                        "e.stream = any($1) and e.position > $2 and e.position < $3 order by e.position",
                        [.textArray(streams.map(\.value)), .int8(after.value), .int8(before.value)], opener, transaction
                    ))
            }
            guard let message = try await message(seq, in: conversation, opener, transaction) else { return nil }
            let position = message.recorded.position
            var trace = MessageTrace(message)
            if case .group(let group) = conversation {
                trace.learnMembers(
                    try await read([.group(group), .roster(group)], after: .start, before: position))
            }
            let later =
                [.marks(conversation), .messages(conversation)]
                + trace.members.map { StreamName.read(conversation, by: $0.user) }
            for entry in try await read(later, after: position, before: Position(.max)) { trace.learn(entry) }
            try await learnArrivals(&trace, after: message.recorded.position, transaction)
            var single = [trace.message]
            try await AuditLookup.addAddresses(&single, unfolded: [:], transaction)
            trace.message = single[0]
            return (trace, try await AuditLookup.names(of: trace.users, transaction))
        }
    }

    /// Acknowledgements are those of many at once: the spans that have any are found by their type's word.
    private func learnArrivals(
        _ trace: inout MessageTrace, after: Position, _ transaction: PostgresTransaction
    ) async throws {
        var filter = AuditFilter()
        filter.types = [EventType.feedAcknowledged.rawValue]
        let progress = try await AuditProgress(transaction)
        var search = AuditSearch(
            filter, transaction, progress: progress, openers: AuditOpeners(nil, .addresses),
            limit: AuditLimits.mostEntries, archived: archived)
        try await search.run(after: after, upTo: progress.head)
        for entry in search.entries.reversed() { trace.learn(entry) }
    }

    /// A message by its number. Versions of a conversation's messages have no gaps: what is not found here is older.
    private func message(
        _ seq: Int64, in conversation: Conversation, _ opener: Keyring?, _ transaction: PostgresTransaction
    ) async throws -> AuditEntry? {
        let stream = StreamName.messages(conversation)
        let found = try await Self.entries(
            "e.stream = $1 and e.version = $2 order by e.position limit 1", [.text(stream.value), .int8(seq)], opener,
            transaction)
        if let found = found.first { return found }
        return try await archivedEntries([stream], after: .start, before: Position(.max), opener, transaction)
            .first { $0.recorded.version == seq }
    }

    /// The events of some streams behind one position and before another one that are in archives; reads all of those.
    private func archivedEntries(
        _ streams: [StreamName], after: Position, before: Position, _ opener: Keyring?,
        _ transaction: PostgresTransaction
    ) async throws -> [AuditEntry] {
        guard let archived, archived.concerns(after: after) else { return [] }
        let meant = Set(streams)
        var events: [RecordedEvent] = []
        _ = try await archived.scan(after: after, upTo: before.advanced(by: -1)) { page in
            events += page.filter { meant.contains($0.stream) }
            return true
        }
        try await opener?.fetch(ids: events.compactMap { EventCodec.keyID(of: $0.payload) })
        let lives = try await AuditLookup.lives(transaction)
        return events.map { event in
            AuditEntry(event, epoch: AuditLookup.epoch(of: event.position, lives), opener: opener)
        }
    }

    private static func entries(
        _ condition: String, _ parameters: [PostgresValue], _ opener: Keyring?, _ transaction: PostgresTransaction
    ) async throws -> [AuditEntry] {
        let rows = try await transaction.query(
            "select \(EventRows.columns), epoch from chat.audit_log e where \(condition)", parameters)
        let events = try EventRows.events(rows)
        try await opener?.fetch(ids: events.compactMap { EventCodec.keyID(of: $0.payload) })
        return events.enumerated().map { row, event in
            AuditEntry(event, epoch: rows.text(row, EventRows.columnCount) ?? "", opener: opener)
        }
    }
}
