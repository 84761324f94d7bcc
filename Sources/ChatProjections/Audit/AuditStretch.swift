import ChatDomain

/// What a stretch of the log comes to in the tables of the audit: a change for each span, and the addresses.
public struct AuditStretch: LogStretch {
    private struct Part: Sendable {
        let span: Int64
        /// Whether it begins with the span's first event.
        let begins: Bool
        var ends = false
        var words: [Int32] = []
    }

    private let projection: AuditProjection
    private var parts: [Part] = []
    private var addresses = RowChanges()
    private static let message = AuditWords.type(EventType.messageSent.rawValue)
    /// Words of a span, mostly.
    private static let usualWords = 900

    init(_ projection: AuditProjection) { self.projection = projection }

    /// Adds an event.
    public mutating func add(_ event: ProjectedEvent) throws(ProjectionError) {
        if let message = MessageEnvelope(of: event) { return add(message, text: nil) }
        let place = open(event.position)
        parts[place].words += AuditWords.words(of: event)
        projection.noteAddress(event, &addresses)
    }

    /// Adds a message: the words that `AuditWords` gives the event, without making any of them.
    public mutating func add(_ envelope: MessageEnvelope, text: MessageText?) {
        Self.add(envelope, to: &parts[open(envelope.message.position)].words)
    }

    private static func add(_ envelope: MessageEnvelope, to words: inout [Int32]) {
        let sender = envelope.message.sender
        words.append(message)
        words.append(AuditWords.user(sender))
        switch envelope.message.conversation {
        case .direct(let one, let other):
            if one != sender { words.append(AuditWords.user(one)) }
            if other != sender { words.append(AuditWords.user(other)) }
        case .group(let group): words.append(AuditWords.group(group))
        }
        if let device = envelope.codes.device { words.append(AuditWords.device(device)) }
        if let node = envelope.codes.node { words.append(AuditWords.node(node)) }
        if let session = envelope.codes.session { words.append(AuditWords.session(session)) }
    }

    /// Where the words of a position go.
    private mutating func open(_ position: Position) -> Int {
        let span = AuditProjection.span(of: position)
        let offset = AuditProjection.offset(of: position)
        if parts.last?.span != span {
            parts.append(Part(span: span, begins: offset == 0))
            parts[parts.count - 1].words.reserveCapacity(Self.usualWords)
        }
        let place = parts.count - 1
        parts[place].ends = offset == AuditProjection.span - 1
        return place
    }

    /// All of it.
    public consuming func changes() -> RowChanges {
        var changes = RowChanges()
        for part in parts {
            AuditProjection.note(part.words, span: part.span, begins: part.begins, ends: part.ends, &changes)
        }
        changes.add(addresses)
        return changes
    }
}
