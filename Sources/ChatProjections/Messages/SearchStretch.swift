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
        /// The block's first message, if it is among them.
        var oldest: Position?
        /// The last message.
        var newest = Position.start
        var isWhole = false
        var entries: [UInt8] = []

        mutating func add(_ later: Part) {
            newest = later.newest
            isWhole = later.isWhole
            entries += later.entries
        }
    }

    private let environment: ProjectionEnvironment
    private var parts: [Place: Part] = [:]
    /// Edits, and what came before the last keys that were destroyed.
    private var before = RowChanges()
    /// Whether there are such.
    private var hasForgotten = false

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
            hasForgotten = true
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
        let (block, offset) = (message.seq - 1).quotientAndRemainder(dividingBy: SearchProjection.blockLength)
        // In place: to take the entries out and put them back would copy them.
        Self.add(
            message, text, offset, environment,
            to: &parts[Place(conversation: message.conversation, block: block), default: Part()])
    }

    private static func add(
        _ message: SentMessage, _ text: MessageText?, _ offset: Int64, _ environment: ProjectionEnvironment,
        to part: inout Part
    ) {
        if offset == 0 { part.oldest = message.position }
        part.newest = message.position
        part.isWhole = offset == SearchProjection.blockLength - 1
        guard let text else { return }
        SearchEntry.write(message.position, by: message.sender, text.quarter, to: &part.entries)
        TextSignature.append(of: environment.fold(text.text), to: &part.entries)
    }

    /// Rows that are whole.
    public mutating func goOn(with later: consuming SearchStretch) -> RowChanges {
        // What goes with a key goes from all that came before it.
        if later.hasForgotten { flush() }
        before.add(later.before)
        for (place, part) in later.parts {
            guard let known = parts.index(forKey: place) else {
                if part.isWhole { write(part, place) } else { parts[place] = part }
                continue
            }
            parts.values[known].add(part)
            if part.isWhole {
                write(parts.values[known], place)
                parts.remove(at: known)
            }
        }
        var settled = RowChanges()
        swap(&settled, &before)
        return settled
    }

    /// All of it.
    public consuming func changes() -> RowChanges {
        flush()
        return before
    }

    private mutating func flush() {
        for (place, part) in parts { write(part, place) }
        parts = [:]
    }

    private mutating func write(_ part: Part, _ place: Place) {
        let table = SearchProjection.blocks
        let key: [ColumnValue] = [.text(place.conversation.description), .integer(place.block)]
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
}
