/// A session began; one of the same user and device that was open ended with it. Lives in `devices:U`.
public struct SessionOpened: Sendable, Hashable {
    /// Whose session.
    public var user: UserID
    /// The new session.
    public var session: SessionID
    /// The device; nil for a session that only sends (`feed: false`).
    public var device: String?
    /// The node that holds the connection, and its lease term.
    public var node: NodeName
    /// The node's lease term.
    public var term: Int64
    /// The digest, in hexadecimal, of the token that is good from now on for this device (or this session).
    public var tokenDigest: String
    /// The session that this one replaced.
    public var replaced: SessionID?
    /// Where the client asked its feed to begin (`since`), already lowered to the head.
    public var since: Position?
    /// The device that had to go because there were too many.
    public var forgotten: String?
    /// The session that was open on it, and ended.
    public var forgottenSession: SessionID?
    /// From where. Personal.
    public var address: String?

    /// A beginning.
    public init(
        user: UserID, session: SessionID, device: String?, node: NodeName, term: Int64, tokenDigest: String,
        replaced: SessionID? = nil, since: Position? = nil, forgotten: String? = nil,
        forgottenSession: SessionID? = nil, address: String? = nil
    ) {
        self.user = user
        self.session = session
        self.device = device
        self.node = node
        self.term = term
        self.tokenDigest = tokenDigest
        self.replaced = replaced
        self.since = since
        self.forgotten = forgotten
        self.forgottenSession = forgottenSession
        self.address = address
    }
}

/// A session ended. Lives in `devices:U`.
public struct SessionClosed: Sendable, Hashable {
    /// Why a session ended.
    public enum Reason: String, Sendable, Hashable {
        /// The user logged out: the token went with it.
        case logout
        /// The connection went away: the token stays good.
        case disconnected
        /// The user ended it from another session: the token went with it.
        case revoked
        /// The user ended its device, open or not: the device's token went with it, and the device is forgotten.
        case deviceEnded
    }

    /// Whose session.
    public var user: UserID
    /// The session.
    public var session: SessionID
    /// Its device; nil for a session that only sends.
    public var device: String?
    /// Why.
    public var reason: Reason

    /// An end.
    public init(user: UserID, session: SessionID, device: String?, reason: Reason) {
        self.user = user
        self.session = session
        self.device = device
        self.reason = reason
    }
}

/// A session that ended together with others.
public struct EndedSession: Sendable, Hashable {
    /// The session.
    public var session: SessionID
    /// Its device; nil for a session that only sends.
    public var device: String?

    /// An end.
    public init(session: SessionID, device: String?) {
        self.session = session
        self.device = device
    }
}

/// How far devices have received their feeds; many users at once. Lives in `acks:NODE`.
public struct FeedAcknowledged: Sendable, Hashable {
    /// One device's new cursor.
    public struct Entry: Sendable, Hashable {
        /// Whose device.
        public var user: UserID
        /// The device.
        public var device: String
        /// Everything up to here has arrived.
        public var position: Position
        /// The newest direct messages of others that have arrived with it, at most one from each of them and at most
        /// `maximumDelivered`.
        public var delivered: [Delivered]

        /// How many conversations one cursor names at most; more become several cursors.
        public static let maximumDelivered = 200

        /// A cursor.
        public init(user: UserID, device: String, position: Position, delivered: [Delivered] = []) {
            self.user = user
            self.device = device
            self.position = position
            self.delivered = delivered
        }
    }

    /// Up to where a direct conversation has arrived.
    public struct Delivered: Sendable, Hashable {
        /// The other side.
        public var with: UserID
        /// The message's `seq`.
        public var seq: Int64

        /// An arrival.
        public init(with: UserID, seq: Int64) {
            self.with = with
            self.seq = seq
        }
    }

    /// The cursors; with what they say of conversations, at most `maximumEntries`.
    public var entries: [Entry]

    /// How many cursors and arrivals one event carries at most; more become several events.
    public static let maximumEntries = 1_000

    /// Acknowledgements.
    public init(entries: [Entry]) { self.entries = entries }

    /// As many of these cursors as one event carries, at least one.
    public static func part(of entries: ArraySlice<Entry>) -> [Entry] {
        var weight = 0
        let part = entries.prefix { entry in
            weight += 1 + entry.delivered.count
            return weight <= maximumEntries
        }
        return Array(part.isEmpty ? entries.prefix(1) : part)
    }
}
