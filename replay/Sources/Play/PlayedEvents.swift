import ChatApplication
import ChatDomain
import EventLogPostgres

/// The events that are played, in their order: those of the whole log, or of a conversation's streams.
final class PlayedEvents {
    private let log: PostgresEventLog
    private var position: Position
    private var sources: [Source]?

    /// What was read of a stream and not handed out yet, the next event last.
    private struct Source {
        let stream: StreamName
        var waiting: [RecordedEvent] = []
        var readTo: Position
    }

    init(_ log: PostgresEventLog, after: Position, streams: [StreamName]?) {
        self.log = log
        position = after
        sources = streams?.map { Source(stream: $0, readTo: after) }
    }

    /// The streams in which everything stands that concerns a conversation.
    static func streams(of conversation: Conversation) -> [StreamName] {
        let said = [StreamName.messages(conversation), .marks(conversation)]
        return switch conversation {
        case .direct(let one, let other): said + [.contact(one, other), .account(one), .account(other)]
        case .group(let group): said + [.group(group), .roster(group), .invitations(group)]
        }
    }

    /// The next events up to a position that the log has reached; nil if there are none.
    func next(upTo head: Position) async throws -> [RecordedEvent]? {
        guard position < head else { return nil }
        let page = try await sources == nil ? all(upTo: head) : merged(upTo: head)
        position = page.last?.position ?? head
        return page.isEmpty ? nil : page
    }

    private func all(upTo head: Position) async throws -> [RecordedEvent] {
        try await log.read(after: position, upTo: head, limit: PlayLimits.page)
    }

    /// A stream that is read after the head was asked for has all its events up to there: so none comes too late for
    /// its place among those of the others.
    private func merged(upTo head: Position) async throws -> [RecordedEvent] {
        var page: [RecordedEvent] = []
        while page.count < PlayLimits.page {
            try await refill(upTo: head)
            let first = sources?.indices.min { position(of: $0) < position(of: $1) }
            guard let first, let event = sources?[first].waiting.last, event.position <= head else { break }
            sources?[first].waiting.removeLast()
            page.append(event)
        }
        return page
    }

    private func position(of source: Int) -> Position {
        sources?[source].waiting.last?.position ?? Position(.max)
    }

    private func refill(upTo head: Position) async throws {
        for index in sources?.indices ?? 0..<0 {
            guard let source = sources?[index], source.waiting.isEmpty, source.readTo < head else { continue }
            let found = try await log.read(stream: source.stream, after: source.readTo, limit: PlayLimits.page)
            sources?[index].waiting = found.reversed()
            // A short page holds all that there is up to the head at least.
            let isShort = found.count < PlayLimits.page
            sources?[index].readTo = max(found.last?.position ?? head, isShort ? head : source.readTo)
        }
    }
}
