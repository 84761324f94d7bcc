/// Where a reply goes: onto the connection, or into the one reply of a batch.
struct ReplySlot {
    var batch: BatchReplies?
    var index = 0

    /// Bytes that a result may have so that everything fits into one frame.
    var budget: Int { batch?.budget ?? SessionSettings.replyBytes - BatchReplies.envelope }
}

/// The replies to a batch, gathered until the last is there.
final class BatchReplies {
    /// Bytes of a reply around its result: the member names, and an id of 64 characters that all have to be escaped.
    static let envelope = 512

    private var replies: [[UInt8]?]
    private var missing: Int
    private var bytes = 0
    /// The session that one of the requests opened: its feed begins once the whole is written.
    var opened: Session?

    init(count: Int) {
        replies = Array(repeating: nil, count: count)
        missing = count
    }

    /// An equal share of what the replies so far have left, so that a page finds room behind answers that are short.
    var budget: Int { (SessionSettings.replyBytes - bytes) / max(missing, 1) - Self.envelope }

    /// Takes the reply to an element, nil for a notification; gives the whole once it is complete.
    func add(_ reply: [UInt8]?, at index: Int) -> [[UInt8]]? {
        replies[index] = reply
        bytes += (reply?.count ?? 0) + 1
        missing -= 1
        return missing == 0 ? replies.compactMap { $0 } : nil
    }
}
