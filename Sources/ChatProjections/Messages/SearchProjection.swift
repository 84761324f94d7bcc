public import ChatDomain
import EventCodec

/// The texts of messages, folded, with what they are found by. The costliest of all, so it runs by itself.
///
/// These are the only texts that stand in clear outside the log.
public struct SearchProjection: Projection {
    /// `message_texts`: messages in their latest form, without those that were recalled. `numbers` are those of the
    /// conversation and of the pairs of neighbouring scalars, by which the index finds the message. `sender_id` and `quarter` say under which key the text is sealed in the log: it goes with that key.
    public static let texts = TableSpec(
        "message_texts", key: ["conversation", "seq"],
        [
            .init("conversation", .name),
            .init("seq", .bigint),
            .init("position", .bigint),
            .init("folded", .name),
            .init("sender_id", .bigint),
            .init("quarter", .name),
            .init("numbers", .integers),
        ],
        indexes: [.init("numbers", method: "gin")], growsWithMessages: true,
        former: [("terms", SearchProjection.formerTerms)])

    /// What version 2 stored: the conversation and the pairs themselves, with U+0001 between them.
    private static let formerTerms = """
        (select t.conversation || coalesce(string_agg(E'\\x01' || substr(t.folded, i, 2), ''), '') \
        from generate_series(1, length(t.folded) - 1) i)
        """

    /// Its stable name.
    public static let name = "search"
    /// Of tables and fold.
    public static let version = 3
    /// The table above.
    public static let tables = [texts]
    /// None.
    public static let views: [ViewSpec] = []
    /// What it folds.
    public static let eventTypes: Set<EventType> = [.messageSent, .messageEdited, .messageRecalled, .keyDestroyed]
    /// Texts.
    public static let openedTypes: Set<EventType> = [.messageSent, .messageEdited]
    /// It holds nobody else back.
    public static let runsAlone = true

    private let environment: ProjectionEnvironment

    /// A fold.
    public init(environment: ProjectionEnvironment) { self.environment = environment }

    /// Adds what the event does to the table.
    public func apply(_ event: ProjectedEvent, into changes: inout RowChanges) throws(ProjectionError) {
        switch event.event {
        case .messageSent(let sent):
            guard let text = sent.text else { return }
            let (folded, numbers) = columns(text, sent.conversation)
            changes.append(
                Self.texts,
                row: [
                    .text(sent.conversation.description), .integer(event.version), .integer(event.position.value),
                    folded, .integer(sent.from.value), Self.quarter(event), numbers,
                ])
        case .messageEdited(let edited):
            let key = Self.key(edited.message)
            guard let text = edited.text else { return changes.delete(Self.texts, key: key) }
            let (folded, numbers) = columns(text, edited.message.conversation)
            changes.update(
                Self.texts, key: key,
                ["folded": .set(folded), "numbers": .set(numbers), "quarter": .set(Self.quarter(event))])
        case .messageRecalled(let recalled): changes.delete(Self.texts, key: Self.key(recalled.message))
        case .keyDestroyed(let destroyed) where destroyed.purpose == .texts: forget(destroyed, &changes)
        default: return
        }
    }

    private func forget(_ destroyed: KeyDestroyed, _ changes: inout RowChanges) {
        for quarter in destroyed.quarters {
            if let user = destroyed.user {
                changes.delete(
                    Self.texts, where: ["quarter": .text(quarter), "sender_id": .integer(user.value)])
            } else {
                changes.delete(Self.texts, where: ["quarter": .text(quarter)])
            }
        }
    }

    private static func quarter(_ event: ProjectedEvent) -> ColumnValue { .text(event.quarter.description) }

    private static func key(_ message: MessageReference) -> [ColumnValue] {
        [.text(message.conversation.description), .integer(message.seq)]
    }

    private func columns(_ text: String, _ conversation: Conversation) -> (folded: ColumnValue, numbers: ColumnValue) {
        let stored = SearchText.stored(environment.fold(text))
        return (.text(stored), .integers(SearchText.terms(conversation, stored)))
    }
}
