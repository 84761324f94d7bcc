import ChatApplication
import ChatDomain
import ChatProjections
import EventCodec
import PostgresClient

extension PostgresEventLog: SelectiveLog {
    /// One binary COPY. A message whose envelope is enough comes as four columns; what else an event has comes as a row
    /// in a fifth one, so that its payload is neither read nor sent where nobody wants it.
    func entries(_ selection: LogSelection, after: Position, upTo: Position) async throws -> [LogEntry] {
        var entries: [LogEntry] = []
        var after = after
        if let archived, archived.concerns(after: after) {
            after = try await archived.scan(after: after, upTo: upTo) { events in
                entries += selection.entries(events)
                return true
            }
        }
        guard after < upTo else { return entries }
        try await requireHere(after: after)
        do {
            try await reads.withConnection { connection in
                _ = try await connection.copyOut(SelectedRows.copy(selection, after, upTo)) { rows in
                    try SelectedRows.append(rows, selection, to: &entries)
                }
            }
        } catch let error as PostgresError {
            throw EventLogError(certain: error)
        }
        return entries
    }
}

/// The columns of a selective reading, and how a row becomes an entry.
private enum SelectedRows {
    static func copy(_ selection: LogSelection, _ after: Position, _ upTo: Position) -> String {
        """
        COPY (SELECT position, stream, version, actor_id, \(rest(selection))\(codes(selection))\(text(selection)) \
        FROM chat_log.events \
        WHERE position > \(after) AND position <= \(upTo) AND \(condition(selection)) ORDER BY position) \
        TO STDOUT (FORMAT binary)
        """
    }

    private static let message = "type = '\(EventType.messageSent.rawValue)'"

    /// Null where the envelope is enough.
    private static func rest(_ selection: LogSelection) -> String {
        let row = "ROW(type, schema, session, device, node, recorded_at, payload)"
        guard selection.messagesAsEnvelopes, selection.types.contains(.messageSent) else { return row }
        return "CASE WHEN \(envelope) THEN NULL ELSE \(row) END"
    }

    private static var envelope: String {
        "\(message) AND schema = \(EventCodec.currentSchema(of: .messageSent)) AND actor_id IS NOT NULL"
    }

    private static func codes(_ selection: LogSelection) -> String {
        selection.codes ? ", device, node, session" : ""
    }

    private static func text(_ selection: LogSelection) -> String {
        selection.texts ? ", CASE WHEN \(envelope) THEN payload END, recorded_at" : ""
    }

    /// Most events are messages: they are asked for first.
    private static func condition(_ selection: LogSelection) -> String {
        let others = selection.types.subtracting([.messageSent]).map { "'\($0.rawValue)'" }.sorted()
        let any = others.isEmpty ? "false" : "type IN (\(others.joined(separator: ", ")))"
        return selection.types.contains(.messageSent) ? "(\(message) OR \(any))" : any
    }

    static func append(
        _ rows: PostgresResult, _ selection: LogSelection, to entries: inout [LogEntry]
    ) throws(EventLogError) {
        let textColumn = selection.codes ? 8 : 5
        for row in 0..<rows.rowCount {
            if rows.isNull(row, 4), let message = message(rows, row) {
                let envelope = MessageEnvelope(message, codes: selection.codes ? codes(rows, row) : .init())
                guard selection.texts else {
                    entries.append(.message(envelope))
                    continue
                }
                guard let payload = rows.bytes(row, textColumn), let time = rows.timestamp(row, textColumn + 1) else {
                    throw .refused("a row of the log is incomplete")
                }
                entries.append(.sealed(SealedMessage(envelope: envelope, recordedAt: time, payload: payload)))
            } else {
                entries.append(.event(try event(rows, row)))
            }
        }
    }

    private static func message(_ rows: PostgresResult, _ row: Int) -> SentMessage? {
        guard let position = rows.int(row, 0), let version = rows.int(row, 2), let actor = rows.int(row, 3),
            let stream = rows.bytesSlice(row, 1), let conversation = Conversation(messagesStream: stream.span)
        else { return nil }
        return SentMessage(
            conversation: conversation, sender: UserID(actor), seq: version, position: Position(position))
    }

    private static func codes(_ rows: PostgresResult, _ row: Int) -> MessageEnvelope.Codes {
        MessageEnvelope.Codes(
            device: rows.bytesSlice(row, 5), node: rows.bytesSlice(row, 6), session: rows.bytesSlice(row, 7))
    }

    private static func event(_ rows: PostgresResult, _ row: Int) throws(EventLogError) -> RecordedEvent {
        guard let rest = rows.fields(row, 4), let position = rows.int(row, 0), let stream = rows.text(row, 1),
            let version = rows.int(row, 2), let type = rest.text(0, 0), let schema = rest.int(0, 1),
            let time = rest.timestamp(0, 5), let payload = rest.bytes(0, 6)
        else { throw .refused("a row of the log is incomplete") }
        let cause = Cause(
            actor: rows.int(row, 3).map { UserID($0) }, session: rest.text(0, 2).map { SessionID($0) },
            device: rest.text(0, 3), reference: nil)
        return RecordedEvent(
            position: Position(position), type: type, schema: Int(schema), stream: StreamName(stream),
            version: version, touched: [], cause: cause, node: rest.text(0, 4).map { NodeName($0) }, recordedAt: time,
            payload: payload)
    }
}
