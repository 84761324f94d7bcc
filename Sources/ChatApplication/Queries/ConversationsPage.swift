public import ChatDomain
public import WireProtocol

/// A page of `conversations`.
public struct ConversationsPage: Sendable {
    /// One conversation of the asker.
    public struct Entry: Sendable {
        /// With whom or where.
        public enum Partner: Sendable {
            /// The other one, and how far that one has the conversation; nil while one of the two blocks the other.
            case user(WireUser, Reach?)
            /// The group, with the asker's role.
            case group(WireGroup)
        }
        /// How far somebody has a conversation.
        public struct Reach: Sendable {
            /// What has arrived.
            public var delivered: Int64
            /// What was read.
            public var read: Int64
            /// A reach.
            public init(delivered: Int64, read: Int64) {
                self.delivered = delivered
                self.read = read
            }
        }
        /// Which.
        public var conversation: Conversation
        /// With whom or where.
        public var partner: Partner
        /// Of the last message, or of joining, whichever is later.
        public var position: Position
        /// The last message's number; 0 if there is none.
        public var lastSeq: Int64
        /// Up to where the asker has read.
        public var readSeq: Int64
        /// Where the last message stands, if the asker may read it.
        public var last: Position?

        /// An entry.
        public init(
            conversation: Conversation, partner: Partner, position: Position, lastSeq: Int64, readSeq: Int64,
            last: Position?
        ) {
            self.conversation = conversation
            self.partner = partner
            self.position = position
            self.lastSeq = lastSeq
            self.readSeq = readSeq
            self.last = last
        }
    }

    /// The newest first.
    public var entries: [Entry]
    /// Whether there are further ones.
    public var more: Bool

    /// A page.
    public init(entries: [Entry], more: Bool) {
        self.entries = entries
        self.more = more
    }
}
