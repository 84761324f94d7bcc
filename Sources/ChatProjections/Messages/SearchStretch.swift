import ChatDomain
import EventCodec

/// What a stretch of the log comes to in the rows of search: one change for each block of a conversation, one for each
/// edit.
public struct SearchStretch: LogStretch {
    private struct Place: Sendable, Hashable {
        let conversation: Conversation
        let block: Int64
    }

    /// What is done to a row.
    private struct Part: Sendable {
        let place: Place
        /// The block's first message, if it is among them.
        var oldest: Position?
        /// The last message.
        var newest = Position.start
        var isWhole = false
        var entries: [UInt8] = []
    }

    private let environment: ProjectionEnvironment
    private var places: [Place: Int] = [:]
    private var parts: [Part] = []
    /// Edits, and what came before the last keys that were destroyed.
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
        case .messageEdited(let edited): add(edited, event)
        case .keyDestroyed(let destroyed) where destroyed.purpose == .texts:
            flush()
            forget(destroyed)
        default: return
        }
    }

    /// What an edit before it has left is of no use any more, and goes in any case.
    private mutating func add(_ edited: MessageEdited, _ event: ProjectedEvent) {
        let message = edited.message
        let key: [ColumnValue] = [.text(message.conversation.description), .integer(message.seq)]
        guard let text = edited.text else { return before.delete(SearchProjection.edits, key: key) }
        before.put(
            SearchProjection.edits,
            [
                "conversation": key[0], "seq": key[1], "message": .integer(message.position.value),
                "position": .integer(event.position.value), "sender_id": .integer(edited.by.value),
                "quarter": .text("\(event.quarter)"), "signature": .text(TextSignature.of(environment.fold(text))),
            ])
    }

    private mutating func forget(_ destroyed: KeyDestroyed) {
        before.strip(
            SearchProjection.blocks, "entries", SearchEntry.written(by: destroyed.user, in: destroyed.quarters))
        for quarter in destroyed.quarters {
            if let user = destroyed.user {
                before.delete(
                    SearchProjection.edits, where: ["sender_id": .integer(user.value), "quarter": .text(quarter)])
            } else {
                before.delete(SearchProjection.edits, where: ["quarter": .text(quarter)])
            }
        }
    }

    /// Adds a message.
    public mutating func add(_ envelope: MessageEnvelope, text: MessageText?) { add(envelope.message, text) }

    private mutating func add(_ message: SentMessage, _ text: MessageText?) {
        let place = (message.seq - 1) % SearchProjection.blockLength
        let part = part(message.conversation, message.seq)
        if place == 0 { parts[part].oldest = message.position }
        parts[part].newest = message.position
        parts[part].isWhole = place == SearchProjection.blockLength - 1
        guard let text else { return }
        SearchEntry.write(message.position, by: message.sender, text.quarter, to: &parts[part].entries)
        TextSignature.append(of: environment.fold(text.text), to: &parts[part].entries)
    }

    private mutating func part(_ conversation: Conversation, _ seq: Int64) -> Int {
        let place = Place(conversation: conversation, block: (seq - 1) / SearchProjection.blockLength)
        if let known = places[place] { return known }
        places[place] = parts.count
        parts.append(Part(place: place))
        return parts.count - 1
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
            let newest = ColumnValue.integer(part.newest.value)
            if let oldest = part.oldest {
                before.append(table, row: key + [.integer(oldest.value), newest, isWhole, .text(entries)])
            } else {
                before.update(
                    table, key: key, ["newest": .set(newest), "whole": .set(isWhole), "entries": .extend(entries)])
            }
        }
        parts = []
        places = [:]
    }
}
