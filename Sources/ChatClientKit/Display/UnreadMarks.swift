import JSONText

/// How many messages of each conversation its user has not read, as far as this session knows.
struct UnreadMarks {
    private struct Mark {
        var last: Int64
        var read: Int64
        /// Whether `read` only says that nothing is known of what was before.
        var isGuess = false
    }

    private var marks: [String: Mark] = [:]

    /// Conversations with something unread, the fullest first.
    var unread: [(conversation: String, count: Int64)] {
        marks.map { (conversation: $0.key, count: $0.value.last - $0.value.read) }.filter { $0.count > 0 }
            .sorted { ($1.count, $0.conversation) < ($0.count, $1.conversation) }
    }

    /// In all conversations.
    var total: Int64 { marks.values.reduce(0) { $0 + max(0, $1.last - $1.read) } }

    /// The number of the newest message that this session knows of.
    func last(in conversation: String) -> Int64? { marks[conversation]?.last }

    /// A page of `conversations`.
    mutating func learn(_ result: JSONValue) {
        for entry in result["conversations"]?.arrayValue ?? [] {
            guard let conversation = entry["conversation"]?.stringValue, let last = entry["lastSeq"]?.intValue,
                let read = entry["readSeq"]?.intValue
            else { continue }
            if marks[conversation]?.isGuess == true { marks[conversation]?.read = read }
            raise(conversation, last: last, read: read)
            marks[conversation]?.isGuess = false
        }
    }

    /// A push; `me` tells one's own messages and receipts from those of others.
    mutating func learn(_ method: String, _ params: JSONObject, me: Int64?) {
        guard let conversation = params["conversation"]?.stringValue else { return }
        if method == "message", let seq = params["seq"]?.intValue {
            let isMine = me != nil && params["from"]?["id"]?.intValue == me
            if isMine || marks[conversation] == nil {
                raise(conversation, last: seq, read: isMine ? seq : seq - 1)
            } else {
                raise(conversation, last: seq, read: 0)
            }
        } else if method == "receipt", let read = params["read"]?.intValue, me != nil,
            params["user"]?["id"]?.intValue == me
        {
            raise(conversation, last: read, read: read)
        }
    }

    /// One has read, or written, up to a message.
    mutating func read(_ conversation: String, upTo seq: Int64) {
        raise(conversation, last: seq, read: seq)
    }

    /// Neither goes back. Of a conversation that is met for the first time, what was before counts as read until the
    /// server says otherwise.
    private mutating func raise(_ conversation: String, last: Int64, read: Int64) {
        guard var mark = marks[conversation] else {
            return marks[conversation] = Mark(last: last, read: read, isGuess: read < last)
        }
        mark.last = max(mark.last, last)
        mark.read = max(mark.read, read)
        marks[conversation] = mark
    }
}
