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
            func read(_ condition: String, _ parameters: [PostgresValue]) async throws -> [AuditEntry] {
                try await Self.entries(condition, parameters, opener, transaction)
            }
            let messages = StreamName.messages(conversation).value
            let found = try await read(
                "e.stream = $1 and e.version = $2 order by e.position limit 1", [.text(messages), .int8(seq)])
            guard let message = found.first else { return nil }
            let position = PostgresValue.int8(message.recorded.position.value)
            var trace = MessageTrace(message)
            if case .group(let group) = conversation {
                let streams = [StreamName.group(group), .roster(group)].map(\.value)
                trace.learnMembers(
                    try await read(
                        "e.stream = any($1) and e.position < $2 order by e.position", [.textArray(streams), position]))
            }
            let later =
                [StreamName.marks(conversation).value, messages]
                + trace.members.map { StreamName.read(conversation, by: $0.user).value }
            for entry in try await read(
                "e.stream = any($1) and e.position > $2 order by e.position", [.textArray(later), position])
            {
                trace.learn(entry)
            }
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
            limit: AuditLimits.mostEntries)
        try await search.run(after: after, upTo: progress.head)
        for entry in search.entries.reversed() { trace.learn(entry) }
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
