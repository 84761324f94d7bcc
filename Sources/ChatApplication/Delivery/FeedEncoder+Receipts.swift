import ChatDomain
import WireProtocol

/// What is told of a reading, or of messages that arrived.
extension FeedEncoder {
    /// Nil if there is nobody to tell: most acknowledgements are of no direct message.
    func receiptItem(_ recorded: RecordedEvent, _ event: ChatEvent) -> FeedItem? {
        let receipts = receipts(of: event)
        guard !receipts.isEmpty else { return nil }
        let audiences = receipts.map(\.audience)
        let users = Set(audiences.flatMap(\.users)).sorted()
        return FeedItem(
            position: recorded.position, at: recorded.recordedAt,
            audience: Audience(users: users, group: audiences.lazy.compactMap(\.group).first),
            origin: recorded.cause.session, receipts: receipts)
    }

    private func receipts(of event: ChatEvent) -> [ConversationReceipt] {
        switch event {
        case .conversationRead(let read):
            [
                ConversationReceipt(
                    conversation: read.conversation, user: read.user, name: directory.user(read.user).name,
                    progress: .read(read.seq),
                    tellsGroup: read.isToldToGroup)
            ]
        case .feedAcknowledged(let acknowledged): acknowledged.entries.flatMap(arrivals)
        default: []
        }
    }

    private func arrivals(_ entry: FeedAcknowledged.Entry) -> [ConversationReceipt] {
        entry.delivered.map { arrived in
            ConversationReceipt(
                conversation: .direct(between: entry.user, and: arrived.with), user: entry.user,
                name: directory.user(entry.user).name,
                progress: .delivered(arrived.seq))
        }
    }
}
