import ChatApplication
import ChatDomain
import ChatProjections
import WireProtocol

/// Backlogs, histories, and what became of messages.
extension SimulatedReads {
    func backlog(
        of user: UserID, after: Position, upTo: Position, limit: Int
    ) async throws(EventLogError) -> BacklogPage {
        try await query(["offline"], atLeast: upTo) { tables in
            let concerns = tables.concerns(user, after: after, upTo: upTo)
            let found = tables.recorded.dropFirst(Int(after.value)).prefix { $0.position <= upTo }.filter {
                EventType(rawValue: $0.type)?.isFeed == true
            }
            var entries: [BacklogPage.Entry] = []
            var bytes = 0
            for event in found {
                for concern in concerns where concern.includes(event) && entries.count < limit {
                    guard bytes < BacklogPage.bytes else { continue }
                    bytes += event.payload.count
                    entries.append(BacklogPage.Entry(event: event, since: concern.from, until: concern.to))
                }
            }
            let isAll = entries.count < limit && bytes < BacklogPage.bytes
            let through = isAll ? upTo : entries.last?.event.position ?? upTo
            let standings = tables.standings(of: user, at: through)
            return BacklogPage(
                entries: entries, through: through, groups: standings.member, administered: standings.admin)
        }
    }

    func marks(of messages: [MessageAsked], atLeast: Position) async throws(EventLogError) -> [MessageMarks] {
        try await query(["offline"], atLeast: atLeast) { tables in messages.map { tables.marks(of: $0) } }
    }

    func messages(
        in conversation: Conversation, from: Position, after: Int64?, before: Int64?, limit: Int
    ) async throws(EventLogError) -> (events: [RecordedEvent], more: Bool, archived: Bool) {
        try await database.ask("messages") { [database] () async throws(EventLogError) in
            await database.tables.readOn()
            let stream = StreamName.messages(conversation)
            let found = database.tables.recorded.filter {
                $0.stream == stream && $0.position > from && $0.version > after ?? 0
                    && $0.version < before ?? Int64.max
            }
            let isForward = after != nil && before == nil
            return (Array(isForward ? found.prefix(limit) : found.suffix(limit)), found.count > limit, false)
        }
    }

    // MARK: what no simulated client asks for

    private static let unasked = EventLogError.unavailable("not simulated")

    func groupInfo(
        _ group: GroupID, asker: UserID, after: UserID?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> GroupPage? { throw Self.unasked }

    func sessions(of user: UserID, limit: Int, atLeast: Position) async throws(EventLogError) -> SessionsPage {
        throw Self.unasked
    }

    func findUsers(foldedPrefix: String, limit: Int, atLeast: Position) async throws(EventLogError) -> [WireUser] {
        throw Self.unasked
    }

    func findGroups(
        foldedPrefix: String, asker: UserID, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> [WireGroup] { throw Self.unasked }

    func messages(at positions: [Position]) async throws(EventLogError) -> [RecordedEvent] { throw Self.unasked }

    func conversations(
        of user: UserID, before: Position?, limit: Int, atLeast: Position
    ) async throws(EventLogError) -> ConversationsPage { throw Self.unasked }

    func readSeq(of user: UserID, in conversation: Conversation) async throws(EventLogError) -> Int64 {
        throw Self.unasked
    }

    func search(_ request: SearchRequest, atLeast: Position) async throws(EventLogError) -> SearchPage {
        throw Self.unasked
    }
}

extension ReadTables {
    struct Concern {
        var stream: StreamName
        var from: Position
        var to: Position?

        func includes(_ event: RecordedEvent) -> Bool {
            event.stream == stream && event.position >= from && event.position <= to ?? Position(Int64.max)
        }
    }

    /// The streams that concern a user between two positions.
    func concerns(_ user: UserID, after: Position, upTo: Position) -> [Concern] {
        rows(OfflineProjection.userStreams, of: "offline").compactMap { row -> Concern? in
            guard row[0].number == user.value, let stream = row[1].words, let from = row[2].number else { return nil }
            let tail = row[5].number ?? self.row(OfflineProjection.groupTails, of: "offline", [row[1]])?[1].number ?? 0
            guard from <= upTo.value, row[4].number ?? Int64.max > after.value, tail > after.value else { return nil }
            return Concern(stream: StreamName(stream), from: Position(from), to: row[4].number.map { Position($0) })
        }
    }

    func standings(of user: UserID, at position: Position) -> (member: [GroupID: Position], admin: [GroupID]) {
        var found: (member: [GroupID: Position], admin: [GroupID]) = ([:], [])
        for row in rows(OfflineProjection.userStreams, of: "offline") where row[0].number == user.value {
            guard let stream = row[1].words, let from = row[2].number, from <= position.value,
                row[4].number ?? Int64.max > position.value
            else { continue }
            let parts = stream.split(separator: ":")
            guard parts.count == 2, let number = Int64(parts[1]) else { continue }
            if parts[0] == "roster" {
                found.member[GroupID(number)] = max(found.member[GroupID(number)] ?? .start, Position(from))
            } else if parts[0] == "invitations" {
                found.admin.append(GroupID(number))
            }
        }
        return found
    }

    func marks(of message: MessageAsked) -> MessageMarks {
        let key: [ColumnValue] = [.text(message.conversation.description), .integer(message.seq)]
        let until = message.until?.value ?? Int64.max
        let edit = rows(OfflineProjection.messageEdits, of: "offline").filter {
            $0[0] == key[0] && $0[1] == key[1] && $0[2].number ?? 0 <= until
        }.compactMap { $0[2].number }.max()
        let isRecalled = row(OfflineProjection.messageRecalls, of: "offline", key) != nil
        return MessageMarks(edit: edit.map { recorded[Int($0) - 1] }, isRecalled: isRecalled)
    }
}
