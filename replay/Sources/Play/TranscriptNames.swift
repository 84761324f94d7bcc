import ChatApplication
import ChatDomain
import EventCodec
import EventLogPostgres

/// What users and groups were called at a position of the log, read from their own streams when they are first met.
final class TranscriptNames {
    /// A user; without a name if the key that it was sealed with is destroyed.
    private struct Person {
        var name: String?
        var deleted: Position?
    }

    private let log: PostgresEventLog
    private let keyring: Keyring
    private var people: [UserID: Person] = [:]
    private var groups: [GroupID: String] = [:]

    init(_ log: PostgresEventLog, _ keyring: Keyring) {
        self.log = log
        self.keyring = keyring
    }

    /// The user's name at a position; nil if the account was deleted by then, or cannot be read any more.
    func name(of user: UserID, at position: Position) async throws -> String? {
        let person = try await person(user)
        if let deleted = person.deleted, deleted <= position { return nil }
        return person.name
    }

    /// The group's name ahead of an event at a position.
    func name(of group: GroupID, at position: Position) async throws -> String? {
        if let known = groups[group] { return known }
        if groups.count >= PlayLimits.names { groups = [:] }
        for event in try await events(of: .group(group)) where event.position < position {
            take(event.event)
        }
        return groups[group]
    }

    /// Learns what an event says; in the order of the log.
    func learn(_ event: ChatEvent, at position: Position) {
        take(event)
        if case .accountDeleted(let deleted) = event { people[deleted.user]?.deleted = position }
    }

    private func take(_ event: ChatEvent) {
        switch event {
        case .groupCreated(let created): groups[created.group] = created.name
        case .groupUpdated(let updated): groups[updated.group] = updated.name
        default: break
        }
    }

    private func person(_ user: UserID) async throws -> Person {
        if let known = people[user] { return known }
        if people.count >= PlayLimits.names { people = [:] }
        var person = Person()
        for event in try await events(of: .account(user)) {
            switch event.event {
            case .userRegistered(let registered): person.name = registered.name
            case .accountDeleted: person.deleted = event.position
            default: break
            }
        }
        people[user] = person
        return person
    }

    private func events(of stream: StreamName) async throws -> [(event: ChatEvent, position: Position)] {
        var events: [(event: ChatEvent, position: Position)] = []
        var after = Position.start
        while true {
            let page = try await log.read(stream: stream, after: after, limit: PlayLimits.page)
            try await keyring.fetch(ids: page.compactMap { EventCodec.keyID(of: $0.payload) })
            for event in page {
                if let decoded = try? event.decoded(opener: keyring) { events.append((decoded, event.position)) }
            }
            guard page.count == PlayLimits.page, let last = page.last else { return events }
            after = last.position
        }
    }
}

extension RecordedEvent {
    /// The event with what is personal, as far as the opener has keys.
    func decoded(opener: any Opener) throws(EventCodecError) -> ChatEvent {
        try EventCodec.decode(type: type, schema: schema, payload: payload, stream: stream, opener: opener)
    }
}
