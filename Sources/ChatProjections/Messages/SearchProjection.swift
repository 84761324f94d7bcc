public import ChatDomain

/// Which messages of a conversation may contain what is sought, by the signatures of their texts. No text stands in it:
/// whoever searches opens in the log what may be meant, and looks.
public struct SearchProjection: StretchProjection {
    /// `search_blocks`: a row for so many messages of a conversation, in the order of the log, with an entry for each
    /// text of them that could be opened. Its first message makes the row, the last one makes it whole; so it costs a
    /// change for many messages of one conversation, and a row for none of them.
    public static let blocks = TableSpec(
        "search_blocks", key: ["conversation", "block"],
        [
            .init("conversation", .name),
            .init("block", .bigint),
            .init("oldest", .bigint),
            .init("newest", .bigint),
            .init("whole", .boolean),
            .init("entries", .name),
        ], growsWithMessages: true, settled: "whole")

    /// `search_edits`: the last edit of a message, and where the message stands. Sender and quarter name the key that
    /// seals the text, with which the row goes.
    public static let edits = TableSpec(
        "search_edits", key: ["conversation", "seq"],
        [
            .init("conversation", .name),
            .init("seq", .bigint),
            .init("message", .bigint),
            .init("position", .bigint),
            .init("sender_id", .bigint),
            .init("quarter", .name),
            .init("signature", .name),
        ], growsWithMessages: true)

    /// Messages in a row. Their entries stay below the 2 kB beyond which PostgreSQL stores a value elsewhere, if texts
    /// have some 100 letters.
    public static let blockLength: Int64 = 24

    /// Nodes of version 3 ask for texts here, and find none.
    private static let former = ViewSpec(
        .chatRead, "message_texts",
        """
        select ''::text as conversation, 0::bigint as seq, 0::bigint as position, ''::text as folded, \
        0::bigint as sender_id, ''::text as quarter, '{}'::integer[] as numbers, ''::text as terms where false
        """)

    /// Its stable name.
    public static let name = "search"
    /// Of tables and fold.
    public static let version = 4
    /// The tables above.
    public static let tables = [blocks, edits]
    /// What version 3 had.
    public static let formerTables = ["message_texts"]
    /// What was there before.
    public static let views = [former]
    /// What it folds. Whether a message was recalled is seen where its text is looked at.
    public static let eventTypes: Set<EventType> = [.messageSent, .messageEdited, .keyDestroyed]
    /// Texts.
    public static let openedTypes: Set<EventType> = [.messageSent, .messageEdited]
    /// It opens every text, and holds nobody else back.
    public static let runsAlone = true
    /// Its text.
    public static let messagePart = MessagePart.text

    private let environment: ProjectionEnvironment

    /// A fold.
    public init(environment: ProjectionEnvironment) { self.environment = environment }

    /// Adds what the event does to the tables.
    public func apply(_ event: ProjectedEvent, into changes: inout RowChanges) throws(ProjectionError) {
        var stretch = stretch()
        stretch.add(event)
        changes.add(stretch.changes())
    }

    /// An empty stretch of the log.
    public func stretch() -> SearchStretch { SearchStretch(environment) }
}
