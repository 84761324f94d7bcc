import ChatDomain

/// What a stretch of the log comes to in the tables of the audit: a change for each span, and the addresses.
public struct AuditStretch: LogStretch {
    private struct Part: Sendable {
        let span: Int64
        /// Whether it begins with the span's first event.
        let begins: Bool
        var ends = false
        var words: [UInt8] = []
    }

    private let projection: AuditProjection
    private var parts: [Part] = []
    private var addresses = RowChanges()
    private static let message = Array(AuditWords.type(EventType.messageSent.rawValue).utf8)
    /// Bytes that the words of a span take, mostly.
    private static let usualBytes = 6_000

    init(_ projection: AuditProjection) { self.projection = projection }

    /// Adds an event.
    public mutating func add(_ event: ProjectedEvent) throws(ProjectionError) {
        if let message = MessageEnvelope(of: event) { return add(message, text: nil) }
        let place = open(event.position)
        for (number, word) in AuditWords.words(of: event).enumerated() {
            if number > 0 { parts[place].words.append(AuditWords.space) }
            parts[place].words.append(contentsOf: word.utf8)
        }
        projection.noteAddress(event, &addresses)
    }

    /// Adds a message: the words that `AuditWords` gives the event, without making any of them.
    public mutating func add(_ envelope: MessageEnvelope, text: MessageText?) {
        let place = open(envelope.message.position)
        let sender = envelope.message.sender
        parts[place].words.append(contentsOf: Self.message)
        parts[place].words.append(word: "u", decimal: sender.value)
        switch envelope.message.conversation {
        case .direct(let one, let other):
            if one != sender { parts[place].words.append(word: "u", decimal: one.value) }
            if other != sender { parts[place].words.append(word: "u", decimal: other.value) }
        case .group(let group): parts[place].words.append(word: "g", decimal: group.value)
        }
        if let device = envelope.codes.device { parts[place].words.append(word: "d", code: device) }
        if let node = envelope.codes.node { parts[place].words.append(word: "n", code: node) }
        if let session = envelope.codes.session { parts[place].words.append(word: "s", code: session) }
    }

    /// Where the words of a position go, with a space before them if others stand there.
    private mutating func open(_ position: Position) -> Int {
        let span = AuditProjection.span(of: position)
        let offset = AuditProjection.offset(of: position)
        if parts.last?.span != span {
            parts.append(Part(span: span, begins: offset == 0))
            parts[parts.count - 1].words.reserveCapacity(Self.usualBytes)
        }
        let place = parts.count - 1
        parts[place].ends = offset == AuditProjection.span - 1
        if !parts[place].begins || offset > 0 { parts[place].words.append(AuditWords.space) }
        return place
    }

    /// All of it.
    public consuming func changes() -> RowChanges {
        var changes = RowChanges()
        for part in parts {
            let words = String(decoding: part.words, as: UTF8.self)
            AuditProjection.note(words, span: part.span, begins: part.begins, ends: part.ends, &changes)
        }
        changes.add(addresses)
        return changes
    }
}

extension [UInt8] {
    /// A space, then a word of a letter and a number.
    fileprivate mutating func append(word letter: Unicode.Scalar, decimal number: Int64) {
        append(AuditWords.space)
        append(UInt8(truncatingIfNeeded: letter.value))
        append(decimal: number)
    }

    fileprivate mutating func append(word letter: Unicode.Scalar, code: UInt32) {
        append(AuditWords.space)
        append(UInt8(truncatingIfNeeded: letter.value))
        append(digits: UInt64(code), radix: 36)
    }
}
