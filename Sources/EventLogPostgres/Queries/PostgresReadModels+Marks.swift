public import ChatApplication
public import ChatDomain
import PostgresClient
import WireProtocol

extension PostgresReadModels {
    /// Users whom a reaction names.
    private static let namedUsers = 10

    /// The messages asked for, `n` from 1 in their order.
    private static let asked = """
        unnest($1::text[], $2::bigint[], $3::bigint[]) with ordinality as w(conversation, seq, until, n)
        """

    /// See `ReadModels`.
    public func marks(
        of messages: [MessageAsked], atLeast: Position
    ) async throws(EventLogError) -> [MessageMarks] {
        var marks = [MessageMarks](repeating: MessageMarks(), count: messages.count)
        let parameters: [PostgresValue] = [
            .textArray(messages.map(\.conversation.description)), .int8Array(messages.map(\.seq)),
            .int8Array(messages.map { $0.until?.value ?? Int64.max }),
        ]
        try await addEdits(&marks, parameters, atLeast)
        try await addReactions(&marks, parameters)
        return marks
    }

    private func addEdits(
        _ marks: inout [MessageMarks], _ parameters: [PostgresValue], _ atLeast: Position
    ) async throws(EventLogError) {
        let rows = try await query(
            ["offline"], atLeast: atLeast,
            """
            select w.n, e.position, r.position is not null
            from \(Self.asked)
            left join chat_read.message_recalls r on r.conversation = w.conversation and r.seq = w.seq
            left join lateral (
                select max(m.position) as position from chat_read.message_edits m
                where m.conversation = w.conversation and m.seq = w.seq and m.position <= w.until) e on true
            where e.position is not null or r.position is not null
            """, parameters)
        guard rows.rowCount > 0 else { return }
        let edits = try await events(at: rows.map { rows.int($0, 1) })
        for row in 0..<rows.rowCount {
            guard let place = rows.int(row, 0).map({ Int($0) - 1 }), marks.indices.contains(place) else { continue }
            marks[place].edit = rows.int(row, 1).flatMap { edits[$0] }
            marks[place].isRecalled = rows.bool(row, 2) ?? false
        }
    }

    private func events(at positions: [Int64?]) async throws(EventLogError) -> [Int64: RecordedEvent] {
        let wanted = positions.compactMap { $0 }
        guard !wanted.isEmpty else { return [:] }
        let rows = try await query(
            "select \(EventRows.columns) from chat_log.events where position = any ($1)", [.int8Array(wanted)])
        let events = try EventRows.events(rows)
        return Dictionary(events.map { ($0.position.value, $0) }) { first, _ in first }
    }

    private func addReactions(
        _ marks: inout [MessageMarks], _ parameters: [PostgresValue]
    ) async throws(EventLogError) {
        let rows = try await query(
            """
            select w.n, x.emoji, count(*), (array_agg(x.user_id order by x.position))[1:\(Self.namedUsers)]
            from \(Self.asked)
            join chat_read.message_reactions x
                on x.conversation = w.conversation and x.seq = w.seq and x.position <= w.until
            group by w.n, x.emoji order by w.n, min(x.position)
            """, parameters)
        for row in 0..<rows.rowCount {
            guard let place = rows.int(row, 0).map({ Int($0) - 1 }), marks.indices.contains(place),
                let emoji = rows.text(row, 1), let users = rows.elements(row, 3)
            else { continue }
            marks[place].reactions.append(
                WireReaction(
                    emoji: emoji, count: Int(rows.int(row, 2) ?? 0),
                    users: users.map { UserID(users.int($0, 0) ?? 0) }))
        }
    }
}
