import ChatApplication
import ChatDomain
import ChatProjections
import EventCodec

/// What folds want of the log.
struct LogSelection: Sendable {
    /// Events of these types.
    let types: Set<EventType>
    /// Of messages, only who sent them where, and the parts below.
    let messagesAsEnvelopes: Bool
    /// Of messages, also through what they came.
    let codes: Bool
    /// Of messages, also their texts.
    let texts: Bool

    init(_ kinds: [any Projection.Type]) {
        types = kinds.reduce(into: []) { $0.formUnion($1.eventTypes) }
        messagesAsEnvelopes = kinds.allSatisfy {
            $0 is any TallyingProjection.Type || $0 is any StretchProjection.Type
                || !$0.eventTypes.contains(.messageSent)
        }
        let parts = kinds.compactMap { ($0 as? any StretchProjection.Type)?.messagePart }
        codes = messagesAsEnvelopes && parts.contains(.codes)
        texts = messagesAsEnvelopes && parts.contains(.text)
    }

    /// What is wanted of events that were read whole.
    func entries(_ events: [RecordedEvent]) -> [LogEntry] {
        events.compactMap { event in
            guard let type = EventType(rawValue: event.type), types.contains(type) else { return nil }
            if messagesAsEnvelopes, let envelope = MessageEnvelope(event, codes: codes) {
                guard texts else { return .message(envelope) }
                return .sealed(
                    SealedMessage(envelope: envelope, recordedAt: event.recordedAt, payload: event.payload))
            }
            return .event(event)
        }
    }
}

/// What stands at one position of the log, as far as it was asked for.
enum LogEntry: Sendable {
    /// A message of which only the envelope was read.
    case message(MessageEnvelope)
    /// A message whose text is wanted, too.
    case sealed(SealedMessage)
    /// An event; it stands elsewhere, so that an entry is as small as that of a message.
    indirect case event(RecordedEvent)
}

/// A message with its text as it is stored.
struct SealedMessage: Sendable {
    let envelope: MessageEnvelope
    /// Microseconds since 1970 UTC.
    let recordedAt: Int64
    let payload: [UInt8]
}

/// A log that reads what folds want, and no more than that.
protocol SelectiveLog: EventLog {
    /// What stands after one position and up to another one, in order. Give it ranges whose events memory can hold.
    func entries(_ selection: LogSelection, after: Position, upTo: Position) async throws -> [LogEntry]
}

/// Any log, read as such.
struct WholeEvents: Sendable {
    let log: any EventLog
    private static let page = 1_000

    func entries(_ selection: LogSelection, after: Position, upTo: Position) async throws -> [LogEntry] {
        var entries: [LogEntry] = []
        var from = after
        while from < upTo {
            let events = try await log.read(after: from, upTo: upTo, limit: Self.page)
            guard let last = events.last else { break }
            entries += selection.entries(events)
            from = last.position
        }
        return entries
    }
}

extension MessageEnvelope {
    /// What the envelope says of a message; nil if it is none, or its payload must be asked.
    init?(_ event: RecordedEvent, codes: Bool) {
        guard event.type == EventType.messageSent.rawValue,
            event.schema == EventCodec.currentSchema(of: .messageSent), let sender = event.cause.actor,
            let conversation = event.stream.conversation
        else { return nil }
        let cause = event.cause
        self.init(
            SentMessage(conversation: conversation, sender: sender, seq: event.version, position: event.position),
            codes: codes
                ? Codes(device: cause.device, node: event.node?.value, session: cause.session?.value)
                : Codes())
    }
}
