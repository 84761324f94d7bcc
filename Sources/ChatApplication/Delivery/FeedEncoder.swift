import ChatDomain
import EventCodec
public import WireProtocol

/// Turns events of the log into what sessions are shown: opened, named, and encoded once for all recipients.
///
/// One for each loop that reads the log; not Sendable.
public final class FeedEncoder {
    private let keyring: Keyring
    let directory: Directory

    /// An encoder over a loop's keys and names.
    public init(keyring: Keyring, directory: Directory) {
        self.keyring = keyring
        self.directory = directory
    }

    /// The items of a page, in order; events that concern nobody and change no route are left out.
    ///
    /// Throws `refused` on an event that this version cannot read.
    public func encode(_ events: [RecordedEvent]) async throws(EventLogError) -> [FeedItem] {
        let relevant = events.filter { Self.types.contains($0.type) }
        try await keyring.fetch(ids: relevant.compactMap { EventCodec.keyID(of: $0.payload) })
        var decoded: [(RecordedEvent, ChatEvent)] = []
        decoded.reserveCapacity(relevant.count)
        for event in relevant { decoded.append((event, try decode(event))) }
        for (_, event) in decoded { directory.follow(event.routing) }
        try await fetchNames(decoded)
        return decoded.map { item($0.0, $0.1) }
    }

    private static let types = Set(
        EventType.allCases.filter { $0.isFeed || $0.changesRouting }.map(\.rawValue))

    private func decode(_ event: RecordedEvent) throws(EventLogError) -> ChatEvent {
        do {
            return try EventCodec.decode(
                type: event.type, schema: event.schema, payload: event.payload, stream: event.stream, opener: keyring)
        } catch {
            throw .refused("event \(event.position): \(error)")
        }
    }

    private func fetchNames(_ events: [(RecordedEvent, ChatEvent)]) async throws(EventLogError) {
        var users: Set<UserID> = []
        var groups: Set<GroupID> = []
        for (_, event) in events {
            users.formUnion(event.shownUsers)
            if let group = event.shownGroup { groups.insert(group) }
        }
        try await directory.fetch(users: users, groups: groups)
    }

    private func item(_ recorded: RecordedEvent, _ event: ChatEvent) -> FeedItem {
        FeedItem(
            position: recorded.position, at: recorded.recordedAt, audience: event.audience, routing: event.routing,
            origin: recorded.cause.session, line: push(recorded, event)?.line ?? [],
            personal: personal(recorded.position, event))
    }

    /// The lines of events that show each side the other one.
    private func personal(_ position: Position, _ event: ChatEvent) -> [UserID: [UInt8]] {
        switch event {
        case .friendshipMade(let made):
            [
                made.from: Push.friendAdded(position, directory.user(made.to)).line,
                made.to: Push.friendAdded(position, directory.user(made.from)).line,
            ]
        case .friendshipEnded(let ended):
            [
                ended.by: Push.friendRemoved(position, directory.user(ended.with)).line,
                ended.with: Push.friendRemoved(position, directory.user(ended.by)).line,
            ]
        default: [:]
        }
    }

    private func push(_ recorded: RecordedEvent, _ event: ChatEvent) -> Push? {
        let position = recorded.position
        switch event {
        case .messageSent(let message): return .message(wire(message, recorded))
        case .friendRequested(let request):
            return .friendRequest(position, from: directory.user(request.from), to: directory.user(request.to))
        default: return groupChange(position, event)
        }
    }

    /// A message as it is shown.
    private func wire(_ message: MessageSent, _ recorded: RecordedEvent) -> WireMessage {
        WireMessage(
            position: recorded.position, conversation: message.conversation, seq: recorded.version,
            from: directory.user(message.from), text: message.text ?? "", at: recorded.recordedAt,
            replyTo: message.replyTo)
    }

    /// The messages of a page of `MessageSent` events.
    public func messages(_ events: [RecordedEvent]) async throws(EventLogError) -> [WireMessage] {
        try await keyring.fetch(ids: events.compactMap { EventCodec.keyID(of: $0.payload) })
        var decoded: [(RecordedEvent, ChatEvent)] = []
        for event in events { decoded.append((event, try decode(event))) }
        try await fetchNames(decoded)
        return decoded.compactMap { recorded, event in
            if case .messageSent(let message) = event { wire(message, recorded) } else { nil }
        }
    }
}
