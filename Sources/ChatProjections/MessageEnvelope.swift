import ChatDomain
public import EventCodec

/// A message as its envelope tells of it: without its text.
public struct MessageEnvelope: Sendable, Hashable {
    /// Through what it came, as the words of an audit say it; nil where nothing is said.
    public struct Codes: Sendable, Hashable {
        /// Of the device's name.
        public var device: UInt32?
        /// Of the node's name.
        public var node: UInt32?
        /// Of the session.
        public var session: UInt32?

        /// Nothing.
        public init() {}

        /// Of these names.
        public init(device: String?, node: String?, session: String?) {
            self.device = device.map { AuditWords.code($0.utf8) }
            self.node = node.map { AuditWords.code($0.utf8) }
            self.session = session.map { AuditWords.code($0.utf8) }
        }

        /// Of the bytes of these names, as they are read. Not for any sequence: a caller in another module would hash
        /// each byte through a witness table, which was a third of a fold.
        public init(device: ArraySlice<UInt8>?, node: ArraySlice<UInt8>?, session: ArraySlice<UInt8>?) {
            self.device = device.map { AuditWords.code($0) }
            self.node = node.map { AuditWords.code($0) }
            self.session = session.map { AuditWords.code($0) }
        }
    }

    /// The message.
    public var message: SentMessage
    /// Through what it came; nothing unless somebody asked for it.
    public var codes: Codes

    /// An envelope.
    public init(_ message: SentMessage, codes: Codes = Codes()) {
        self.message = message
        self.codes = codes
    }

    /// That of an event that was read whole; nil if it is no message, or not one by its actor.
    init?(of event: ProjectedEvent) {
        guard case .messageSent(let sent) = event.event, sent.from == event.actor else { return nil }
        message = SentMessage(
            conversation: sent.conversation, sender: sent.from, seq: event.version, position: event.position)
        codes = Codes(device: event.device, node: event.node?.value, session: event.session?.value)
    }
}

/// What a projection wants of a message beside who sent it where.
public enum MessagePart: Sendable {
    /// Through what it came.
    case codes
    /// Its text.
    case text
}

/// A projection whose rows are of many events each: a stretch of the log is a change for each row, not for each event.
public protocol StretchProjection: Projection {
    /// What a stretch of the log comes to.
    associatedtype Stretch: LogStretch
    /// What it wants of a message.
    static var messagePart: MessagePart { get }
    /// An empty stretch.
    func stretch() -> Stretch
}

/// Events of one stretch of the log, in their order, without a gap among those that the projection wants.
public protocol LogStretch: Sendable {
    /// Adds an event. Throws where the projection's `apply` does.
    mutating func add(_ event: ProjectedEvent) throws(ProjectionError)
    /// Adds a message, with its text if that was asked for and can be opened: the same as the event.
    mutating func add(_ envelope: MessageEnvelope, text: MessageText?)
    /// What they do to the tables: the same as one after the other.
    consuming func changes() -> RowChanges
    /// Goes on with the stretch that follows it. Returns what both do to rows that nothing is added to any more, and to
    /// any others that it does not keep: the same, with what comes out of it later, as the changes of one and then of
    /// the other.
    mutating func goOn(with later: consuming Self) -> RowChanges
}

extension LogStretch {
    /// Keeps nothing: most rows get all that they get from one stretch.
    public mutating func goOn(with later: consuming Self) -> RowChanges { later.changes() }
}

/// The text of a message.
public struct MessageText: Sendable, Hashable {
    /// It.
    public var text: String
    /// The quarter whose key seals it.
    public var quarter: Quarter

    /// A text and the quarter of its key.
    public init(_ text: String, _ quarter: Quarter) {
        self.text = text
        self.quarter = quarter
    }
}
