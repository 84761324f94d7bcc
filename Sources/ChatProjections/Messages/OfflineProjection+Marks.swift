import ChatDomain

/// What became of messages: in which form a backlog, or a history, shows them. Of texts only where they stand.
extension OfflineProjection {
    /// `message_edits`: the positions of a message's edits, so that it can be shown as it was at any time.
    public static let messageEdits = TableSpec(
        "message_edits", key: ["conversation", "seq", "position"],
        [.init("conversation", .name), .init("seq", .bigint), .init("position", .bigint)], growsWithMessages: true)

    /// `message_recalls`: the messages that were taken back.
    public static let messageRecalls = TableSpec(
        "message_recalls", key: ["conversation", "seq"],
        [.init("conversation", .name), .init("seq", .bigint), .init("position", .bigint)], growsWithMessages: true)

    /// `message_reactions`: the present ones.
    public static let messageReactions = TableSpec(
        "message_reactions", key: ["conversation", "seq", "emoji", "user_id"],
        [
            .init("conversation", .name),
            .init("seq", .bigint),
            .init("emoji", .name),
            .init("user_id", .bigint),
            .init("position", .bigint),
        ], growsWithMessages: true)

    func mark(_ event: ProjectedEvent, _ changes: inout RowChanges) {
        guard let message = event.event.marked else { return }
        stream(of: message.conversation, "marks", event.stream, event.position, &changes)
        let conversation = ColumnValue.text(message.conversation.description)
        let seq = ColumnValue.integer(message.seq)
        let position = ColumnValue.integer(event.position.value)
        switch event.event {
        case .messageEdited:
            changes.append(Self.messageEdits, ["conversation": conversation, "seq": seq, "position": position])
        case .messageRecalled:
            changes.put(Self.messageRecalls, ["conversation": conversation, "seq": seq, "position": position])
        case .reactionAdded(let added):
            changes.put(
                Self.messageReactions,
                [
                    "conversation": conversation, "seq": seq, "emoji": .text(added.emoji),
                    "user_id": .integer(added.by.value), "position": position,
                ])
        case .reactionRemoved(let removed):
            changes.delete(
                Self.messageReactions,
                key: [conversation, seq, .text(removed.emoji), .integer(removed.by.value)])
        default: return
        }
    }
}
