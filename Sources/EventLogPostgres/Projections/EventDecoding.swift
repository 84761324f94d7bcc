package import ChatApplication
package import ChatDomain
import ChatProjections
import EventCodec

/// An event that some fold wants, decoded, or why it could not be.
package struct DecodedEvent: Sendable {
    let position: Position
    let type: EventType
    let result: Result<ProjectedEvent, ProjectionError>
}

/// Decodes what folds want of the log, and opens what is personal where they ask for it. For one task at a time.
package final class EventDecoding {
    private let keyring: Keyring
    /// Of the messages whose keys were fetched: what is neither there nor was ever destroyed.
    private var lost: Set<Int64> = []
    /// Quarters of the keys of those that were sealed around the end of one.
    private var quarters: [Int64: Quarter] = [:]

    package init(keys: any SealingKeyStore) { keyring = Keyring(store: keys) }

    /// The events of these types; those of `opened` with what is personal, as far as keys live.
    package func decode(
        _ events: [RecordedEvent], types: Set<EventType>, opened: Set<EventType>
    ) async throws(EventLogError) -> [DecodedEvent] {
        var wanted: [EventType?] = []
        var ids: Set<Int64> = []
        var doubtful: [Int64] = []
        wanted.reserveCapacity(events.count)
        // Most events are of the type of the one before.
        var (name, type, isOpened) = ("", EventType?.none, false)
        for event in events {
            if event.type != name {
                name = event.type
                type = EventType(rawValue: name).flatMap { types.contains($0) ? $0 : nil }
                isOpened = type.map(opened.contains) ?? false
            }
            wanted.append(type)
            guard isOpened else { continue }
            if let id = EventCodec.keyID(of: event.payload) { ids.insert(id) }
            if let id = Self.doubtfulKey(of: event) { doubtful.append(id) }
        }
        try await keyring.fetch(ids: ids)
        let lost = try await keyring.lost(of: ids)
        let quarters = try await keyring.quarters(of: doubtful)
        return zip(events, wanted).compactMap { event, type in
            guard let type else { return nil }
            let isOpened = opened.contains(type)
            if isOpened, !lost.isEmpty, let key = EventCodec.keyID(of: event.payload), lost.contains(key) {
                return DecodedEvent(position: event.position, type: type, result: .failure(Self.lost(key)))
            }
            return DecodedEvent(
                position: event.position, type: type,
                result: Self.projected(
                    event, opener: isOpened ? keyring : nil,
                    quarter: quarters.isEmpty ? nil : Self.doubtfulKey(of: event).flatMap { quarters[$0] }))
        }
    }

    /// Fetches the keys of these messages' texts; ``text(of:)`` is for no others then.
    func fetchKeys(ofMessagesIn entries: [LogEntry]) async throws(EventLogError) {
        var ids: Set<Int64> = []
        var doubtful: [Int64] = []
        for entry in entries {
            guard case .sealed(let message) = entry, let id = EventCodec.keyID(of: message.payload) else { continue }
            ids.insert(id)
            if Self.isDoubtful(message.recordedAt) { doubtful.append(id) }
        }
        try await keyring.fetch(ids: ids)
        lost = try await keyring.lost(of: ids)
        quarters = try await keyring.quarters(of: doubtful)
    }

    /// The text of a message; nil where its key was destroyed. Throws where a key is missing, or the text cannot be read.
    func text(of message: SealedMessage) throws(ProjectionError) -> MessageText? {
        // Most stretches have neither.
        let key = lost.isEmpty && quarters.isEmpty ? nil : EventCodec.keyID(of: message.payload)
        if let key, lost.contains(key) { throw Self.lost(key) }
        do throws(EventCodecError) {
            let text = try EventCodec.text(
                ofMessage: message.payload, in: message.envelope.message.conversation, opener: keyring)
            let quarter = key.flatMap { quarters[$0] } ?? Quarter(at: message.recordedAt)
            return text.map { MessageText($0, quarter) }
        } catch {
            throw Self.undecodable(error)
        }
    }

    /// The key of what may have been sealed in the quarter before the one in which it was recorded.
    private static func doubtfulKey(of event: RecordedEvent) -> Int64? {
        isDoubtful(event.recordedAt) ? EventCodec.keyID(of: event.payload) : nil
    }

    private static func isDoubtful(_ time: Int64) -> Bool { Quarter(at: time) != Quarter(at: time - sealedBefore) }

    /// Longer no command waits between its sealing and its append, in microseconds.
    private static let sealedBefore: Int64 = 120_000_000

    /// What nobody erased must not look as if somebody had.
    private static func lost(_ key: Int64) -> ProjectionError {
        ProjectionError("sealing key \(key) is missing, and was never destroyed")
    }

    private static func projected(
        _ event: RecordedEvent, opener: (any Opener)?, quarter: Quarter?
    ) -> Result<ProjectedEvent, ProjectionError> {
        do throws(EventCodecError) {
            let decoded = try EventCodec.decode(
                type: event.type, schema: event.schema, payload: event.payload, stream: event.stream, opener: opener)
            return .success(
                ProjectedEvent(
                    decoded, position: event.position, recordedAt: event.recordedAt, stream: event.stream,
                    version: event.version, actor: event.cause.actor, session: event.cause.session,
                    device: event.cause.device, node: event.node, quarter: quarter))
        } catch {
            return .failure(undecodable(error))
        }
    }

    private static func undecodable(_ error: EventCodecError) -> ProjectionError {
        ProjectionError("cannot be decoded: \(error)")
    }
}

/// Where a fold stopped, and why.
package struct FoldFailure: Error, Sendable, Equatable {
    let position: Position
    let error: ProjectionError
}

extension Projection {
    /// Folds those of the events that it wants, all at once if it can. Stops ahead of the first that it cannot take.
    func fold(_ events: [DecodedEvent], _ take: (RowChanges) -> Void) -> FoldFailure? {
        if let stretching = self as? any StretchProjection { return stretching.foldStretch(events, take) }
        return forEachWanted(events) { event throws(ProjectionError) in
            var changes = RowChanges()
            try apply(try event.get(), into: &changes)
            take(changes)
        }
    }

    /// Where and why it stopped, if it did.
    fileprivate func forEachWanted(
        _ events: [DecodedEvent], _ body: (Result<ProjectedEvent, ProjectionError>) throws(ProjectionError) -> Void
    ) -> FoldFailure? {
        // Most events are of the type of the one before.
        var known: (type: EventType, isWanted: Bool)?
        for index in events.indices {
            let type = events[index].type
            if known?.type != type { known = (type, Self.eventTypes.contains(type)) }
            guard known?.isWanted == true else { continue }
            do throws(ProjectionError) {
                try body(events[index].result)
            } catch {
                return FoldFailure(position: events[index].position, error: error)
            }
        }
        return nil
    }
}

extension StretchProjection {
    fileprivate func foldStretch(_ events: [DecodedEvent], _ take: (RowChanges) -> Void) -> FoldFailure? {
        var stretch = stretch()
        let failure = forEachWanted(events) { event throws(ProjectionError) in try stretch.add(try event.get()) }
        take(stretch.changes())
        return failure
    }
}
