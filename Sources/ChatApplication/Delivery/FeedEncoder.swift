import ChatDomain
import EventCodec
import WireProtocol

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
        try await open(events.filter { Self.types.contains($0.type) }).compactMap {
            $0.1.isReceipt ? receiptItem($0.0, $0.1) : item($0.0, $0.1)
        }
    }

    /// Events with what is personal in them, and the names that they show at hand.
    func open(_ events: [RecordedEvent]) async throws(EventLogError) -> [(RecordedEvent, ChatEvent)] {
        let decoded = try await contents(of: events)
        for (_, event) in decoded { directory.follow(event.routing) }
        try await fetchNames(decoded)
        return decoded
    }

    /// Events with what is personal in them, of which nothing is shown yet.
    func contents(of events: [RecordedEvent]) async throws(EventLogError) -> [(RecordedEvent, ChatEvent)] {
        try await keyring.fetch(ids: events.compactMap { EventCodec.keyID(of: $0.payload) })
        var decoded: [(RecordedEvent, ChatEvent)] = []
        decoded.reserveCapacity(events.count)
        for event in events { decoded.append((event, try decode(event))) }
        return decoded
    }

    static let types = Set(
        EventType.allCases.filter { $0.isFeed || $0.changesRouting || $0.isReceipt }.map(\.rawValue))

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

    /// `form` is that of the message that it says, or marks; without one it is shown as it was said. `settings` are those
    /// of the group to be shown; without them it is shown with those that it has.
    func item(
        _ recorded: RecordedEvent, _ event: ChatEvent, form: MessageForm? = nil, settings: GroupState? = nil
    ) -> FeedItem {
        FeedItem(
            position: recorded.position, at: recorded.recordedAt, audience: event.audience, routing: event.routing,
            mark: mark(event), origin: recorded.cause.session, line: push(recorded, event, form, settings)?.line ?? [],
            personal: personal(recorded.position, event), direct: direct(recorded, event))
    }

    private func direct(_ recorded: RecordedEvent, _ event: ChatEvent) -> FeedItem.DirectMessage? {
        guard case .messageSent(let message) = event, case .direct = message.conversation else { return nil }
        return FeedItem.DirectMessage(from: message.from, seq: recorded.version)
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

    private func mark(_ event: ChatEvent) -> FeedItem.Mark? {
        event.marked.map { FeedItem.Mark(message: $0.position, isRecall: event.type == .messageRecalled) }
    }

    private func push(
        _ recorded: RecordedEvent, _ event: ChatEvent, _ form: MessageForm?, _ settings: GroupState?
    ) -> Push? {
        let position = recorded.position
        switch event {
        case .messageSent(let message): return .message(wire(message, recorded, form))
        case .friendRequested(let request):
            return .friendRequest(position, from: directory.user(request.from), to: directory.user(request.to))
        default: return groupChange(position, event, settings) ?? push(recorded, marked: event, form: form)
        }
    }
}
