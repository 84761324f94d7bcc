import ChatDomain
import EventCodec

/// What a stretch of the log comes to in the rows of search: one change for each block of a conversation.
public struct SearchStretch: LogStretch {
    private struct Place: Sendable, Hashable {
        let conversation: Conversation
        let block: Int64
    }

    /// What is done to a row.
    private struct Part: Sendable {
        let place: Place
        /// Whether it begins with the block's first message, at this position.
        var oldest: Position?
        /// The last message; nil if there is none but edits.
        var newest: Position?
        var isWhole = false
        var entries: [UInt8] = []
    }

    private let environment: ProjectionEnvironment
    private var places: [Place: Int] = [:]
    private var parts: [Part] = []
    /// What came before the last keys that were destroyed, and that they were.
    private var before = RowChanges()

    init(_ environment: ProjectionEnvironment) { self.environment = environment }

    /// Adds an event.
    public mutating func add(_ event: ProjectedEvent) {
        switch event.event {
        case .messageSent(let sent):
            add(
                SentMessage(
                    conversation: sent.conversation, sender: sent.from, seq: event.version, position: event.position),
                sent.text.map { MessageText($0, event.quarter) })
        case .messageEdited(let edited):
            guard let text = edited.text else { return }
            let message = edited.message
            let part = part(message.conversation, message.seq)
            append(
                MessageText(text, event.quarter), SearchEntry(message: message.position, text: event.position),
                by: edited.by, to: part)
        case .keyDestroyed(let destroyed) where destroyed.purpose == .texts:
            flush()
            before.strip(
                SearchProjection.blocks, "entries",
                SearchEntry.written(by: destroyed.user, in: destroyed.quarters))
        default: return
        }
    }

    /// Adds a message.
    public mutating func add(_ envelope: MessageEnvelope, text: MessageText?) { add(envelope.message, text) }

    private mutating func add(_ message: SentMessage, _ text: MessageText?) {
        let place = (message.seq - 1) % SearchProjection.blockLength
        let part = part(message.conversation, message.seq)
        if place == 0 {
            parts[part].oldest = message.position
            // There was no row that edits could have changed.
            parts[part].entries = []
        }
        parts[part].newest = message.position
        parts[part].isWhole = place == SearchProjection.blockLength - 1
        guard let text else { return }
        append(text, SearchEntry(message: message.position, text: message.position), by: message.sender, to: part)
    }

    private mutating func part(_ conversation: Conversation, _ seq: Int64) -> Int {
        let place = Place(conversation: conversation, block: (seq - 1) / SearchProjection.blockLength)
        if let known = places[place] { return known }
        places[place] = parts.count
        parts.append(Part(place: place))
        return parts.count - 1
    }

    private mutating func append(_ text: MessageText, _ entry: SearchEntry, by sender: UserID, to part: Int) {
        entry.write(to: &parts[part].entries, by: sender, text.quarter)
        TextSignature.append(of: environment.fold(text.text), to: &parts[part].entries)
    }

    /// All of it.
    public consuming func changes() -> RowChanges {
        flush()
        return before
    }

    private mutating func flush() {
        let table = SearchProjection.blocks
        for part in parts {
            let key: [ColumnValue] = [.text(part.place.conversation.description), .integer(part.place.block)]
            let entries = String(decoding: part.entries, as: UTF8.self)
            let isWhole = ColumnValue.boolean(part.isWhole)
            if let oldest = part.oldest, let newest = part.newest {
                before.append(
                    table, row: key + [.integer(oldest.value), .integer(newest.value), isWhole, .text(entries)])
            } else if let newest = part.newest {
                before.update(
                    table, key: key,
                    ["newest": .set(.integer(newest.value)), "whole": .set(isWhole), "entries": .extend(entries)])
            } else {
                before.update(table, key: key, ["entries": .extend(entries)])
            }
        }
        parts = []
        places = [:]
    }
}
