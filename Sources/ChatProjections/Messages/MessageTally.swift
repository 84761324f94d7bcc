public import ChatDomain

/// A message without its text: all that most folds want to know of it.
public struct SentMessage: Sendable, Hashable {
    /// Where it was said.
    public var conversation: Conversation
    /// By whom.
    public var sender: UserID
    /// Its number in the conversation.
    public var seq: Int64
    /// Its number in the log.
    public var position: Position

    /// A message.
    public init(conversation: Conversation, sender: UserID, seq: Int64, position: Position) {
        self.conversation = conversation
        self.sender = sender
        self.seq = seq
        self.position = position
    }
}

/// What messages of one conversation come to that were sent with nothing between them that their fold would notice.
public struct MessageTally: Sendable, Hashable {
    /// A sender and the last that he or she sent.
    public struct Sender: Sendable, Hashable {
        /// Who.
        public var user: UserID
        /// The last `seq`.
        public var lastSeq: Int64
    }

    /// Where they were said.
    public var conversation: Conversation
    /// `seq` of the first one.
    public var firstSeq: Int64
    /// `seq` of the last one.
    public var lastSeq: Int64
    /// The last one's number in the log.
    public var lastPosition: Position
    /// Who sent them, each once, by rising ids.
    public var senders: [Sender]

    /// The last that a user sent; nil if none of them is of this user.
    public func lastSeq(of user: UserID) -> Int64? { senders.first { $0.user == user }?.lastSeq }
}

/// A projection that can take the messages of a conversation together.
///
/// Most of a log are messages, and of most of them the next one in the same conversation leaves nothing in its tables.
public protocol TallyingProjection: Projection {
    /// Adds what the messages do to the tables: the same as one after the other.
    func apply(_ tally: MessageTally, into changes: inout RowChanges)

    /// Which messages must have been folded before this event is; it is none that is a message.
    static func awaited(by event: ChatEvent) -> AwaitedMessages
}

/// Messages that an event must not overtake: those of these conversations.
public enum AwaitedMessages: Sendable, Hashable {
    /// Of none: its rows are others than those of messages.
    case none
    /// Of these.
    case of([Conversation])
    /// Of those that this user has with somebody.
    case with(UserID)
    /// Of any.
    case all
}

/// Gathers messages into tallies, one for each conversation; grows with the conversations, not with the messages.
public struct MessageTallies: Sendable {
    fileprivate struct Open: Sendable {
        let conversation: Conversation
        var firstSeq: Int64
        /// 0 while there is nothing to fold.
        var lastSeq: Int64
        var lastPosition: Position
        /// Of a conversation of two: the last of each.
        var oneSeq: Int64 = 0
        var otherSeq: Int64 = 0
        /// Of a group: rising `seq`s, a sender as often as he or she sent, until there are too many of them.
        var marks: [MessageTally.Sender] = []
        /// When `marks` is to be reduced to one a sender.
        var patience = Open.leastPatience
        static let leastPatience = 32
    }

    private var places: [Conversation: Int] = [:]
    private var open: [Open] = []
    /// Where each user's conversations of two stand in `open`; made when it is first asked for.
    private var ofUsers: [UserID: [Int]]?

    /// No messages.
    public init() {}

    /// Adds a message. Returns a tally that must be folded first, if the message does not follow those before it.
    public mutating func add(_ message: SentMessage) -> MessageTally? {
        guard let place = places[message.conversation] else {
            places[message.conversation] = open.count
            note(message.conversation, at: open.count)
            open.append(
                Open(
                    conversation: message.conversation, firstSeq: message.seq, lastSeq: message.seq,
                    lastPosition: message.position))
            open[open.count - 1].mark(message)
            return nil
        }
        let before = open[place].lastSeq >= message.seq ? open[place].take() : nil
        open[place].add(message)
        return before
    }

    /// Takes the messages of one conversation out.
    public mutating func take(_ conversation: Conversation) -> MessageTally? {
        guard let place = places[conversation] else { return nil }
        return open[place].take()
    }

    /// Takes the messages out that a user has with somebody, a conversation after the other.
    public mutating func take(with user: UserID, _ body: (MessageTally) -> Void) {
        if ofUsers == nil {
            ofUsers = [:]
            for place in open.indices { note(open[place].conversation, at: place) }
        }
        for place in ofUsers?[user] ?? [] { if let tally = open[place].take() { body(tally) } }
    }

    private mutating func note(_ conversation: Conversation, at place: Int) {
        guard ofUsers != nil, case .direct(let one, let other) = conversation else { return }
        ofUsers?[one, default: []].append(place)
        ofUsers?[other, default: []].append(place)
    }

    /// Takes all messages out, a conversation after the other.
    public mutating func takeAll(_ body: (MessageTally) -> Void) {
        for place in open.indices { if let tally = open[place].take() { body(tally) } }
        places.removeAll()
        open.removeAll()
        ofUsers = nil
    }
}

extension MessageTallies.Open {
    mutating func add(_ message: SentMessage) {
        if lastSeq == 0 { firstSeq = message.seq }
        lastSeq = message.seq
        lastPosition = message.position
        mark(message)
    }

    mutating func mark(_ message: SentMessage) {
        if case .direct(let one, let other) = conversation {
            if message.sender == one { return oneSeq = message.seq }
            if message.sender == other { return otherSeq = message.seq }
        }
        marks.append(MessageTally.Sender(user: message.sender, lastSeq: message.seq))
        guard marks.count >= patience else { return }
        reduce()
        patience = max(Self.leastPatience, marks.count * 2)
    }

    private mutating func reduce() {
        marks.sort { ($0.user, $0.lastSeq) < ($1.user, $1.lastSeq) }
        var kept = 0
        for mark in marks {
            if kept > 0, marks[kept - 1].user == mark.user { kept -= 1 }
            marks[kept] = mark
            kept += 1
        }
        marks.removeLast(marks.count - kept)
    }

    mutating func take() -> MessageTally? {
        guard lastSeq > 0 else { return nil }
        if case .direct(let one, let other) = conversation {
            if oneSeq > 0 { marks.append(MessageTally.Sender(user: one, lastSeq: oneSeq)) }
            if otherSeq > 0 { marks.append(MessageTally.Sender(user: other, lastSeq: otherSeq)) }
        }
        reduce()
        defer {
            lastSeq = 0
            oneSeq = 0
            otherSeq = 0
            marks = []
            patience = Self.leastPatience
        }
        return MessageTally(
            conversation: conversation, firstSeq: firstSeq, lastSeq: lastSeq, lastPosition: lastPosition,
            senders: marks)
    }
}
