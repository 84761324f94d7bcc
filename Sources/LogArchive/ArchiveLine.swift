public import ChatApplication
public import ChatDomain

/// What stands in one line of an archive: the log as a file, with all that a copy of it needs.
public enum ArchiveLine: Sendable {
    /// The first line: what the file is.
    case header(ArchiveHeader)
    /// A secret of the log.
    case secret(ArchivedSecret)
    /// A sealing key, or that it was destroyed.
    case key(ArchivedKey)
    /// What is remembered of a client's idempotency key.
    case remembered(RememberedKey)
    /// An event.
    case event(RecordedEvent)
    /// The end of a segment: what has been said since the one before.
    case segment(ArchiveSegment)
    /// The last line: what the whole file says.
    case end(ArchiveEnd)
}

/// What an archive is, and what a copy needs that is no event.
public struct ArchiveHeader: Sendable, Hashable {
    /// One life of the log.
    public struct Life: Sendable, Hashable {
        /// Its epoch.
        public var epoch: String
        /// Its first position.
        public var from: Position
        /// When it began, in microseconds since 1970 UTC.
        public var at: Int64
        /// A life.
        public init(epoch: String, from: Position, at: Int64) {
            self.epoch = epoch
            self.from = from
            self.at = at
        }
    }

    /// The format's name.
    public static let format = "parley-log"
    /// The format's version; another one is refused.
    public static let version: Int64 = 1

    /// The lives of the log up to the last event, the present one last.
    public var lineage: [Life]
    /// The first position in the file.
    public var from: Position
    /// The last position in the file; below `from` if there are no events.
    public var to: Position
    /// The largest user number given out.
    public var users: Int64
    /// The largest group number given out.
    public var groups: Int64
    /// Whether everything personal is masked.
    public var redacted: Bool

    /// A header.
    public init(lineage: [Life], from: Position, to: Position, users: Int64, groups: Int64, redacted: Bool) {
        self.lineage = lineage
        self.from = from
        self.to = to
        self.users = users
        self.groups = groups
        self.redacted = redacted
    }

    /// The life of the log that its last event belongs to.
    public var epoch: String { lineage.last?.epoch ?? "" }
}

/// A secret that the log needs, by its name.
public struct ArchivedSecret: Sendable, Hashable {
    /// Its name.
    public var name: String
    /// The secret.
    public var value: [UInt8]
    /// A secret.
    public init(name: String, value: [UInt8]) {
        self.name = name
        self.value = value
    }
}

/// A sealing key as the database keeps it.
public struct ArchivedKey: Sendable, Hashable {
    /// The number under which events name it.
    public var id: Int64
    /// Whose data it seals.
    public var user: UserID
    /// What it seals: `person` or `texts`.
    public var purpose: String
    /// The calendar quarter of texts; empty for a person.
    public var quarter: String
    /// When it was made, in microseconds since 1970 UTC.
    public var madeAt: Int64
    /// When it was destroyed.
    public var destroyedAt: Int64?
    /// The key; nil if it was destroyed.
    public var key: [UInt8]?

    /// A key.
    public init(
        id: Int64, user: UserID, purpose: String, quarter: String, madeAt: Int64, destroyedAt: Int64?, key: [UInt8]?
    ) {
        self.id = id
        self.user = user
        self.purpose = purpose
        self.quarter = quarter
        self.madeAt = madeAt
        self.destroyedAt = destroyedAt
        self.key = key
    }
}

/// What the log remembers of a client's idempotency key.
public struct RememberedKey: Sendable, Hashable {
    /// 16 bytes: a digest of who, and the key.
    public var key: [UInt8]
    /// 16 bytes: a digest of what was asked for.
    public var parameters: [UInt8]?
    /// The first event that it led to.
    public var position: Position?
    /// That event's number in its stream.
    public var version: Int64?
    /// When, in microseconds since 1970 UTC.
    public var recordedAt: Int64
    /// The result.
    public var result: [UInt8]?

    /// A key.
    public init(
        key: [UInt8], parameters: [UInt8]?, position: Position?, version: Int64?, recordedAt: Int64, result: [UInt8]?
    ) {
        self.key = key
        self.parameters = parameters
        self.position = position
        self.version = version
        self.recordedAt = recordedAt
        self.result = result
    }
}

/// What has been said since the segment before; its line is the first at which everything before it is proven.
public struct ArchiveSegment: Sendable, Hashable {
    /// Events of one segment at most.
    public static let events = 10_000
    /// Bytes after which a segment is ended.
    public static let bytes = 4 * 1024 * 1024

    /// Its number, from 1.
    public var number: Int64
    /// Its first event's position.
    public var from: Position
    /// Its last event's position.
    public var to: Position
    /// The BLAKE2b of all lines before this one, in hexadecimal.
    public var digest: String

    /// How many events it has.
    public var count: Int64 { to.value - from.value + 1 }
}

/// What the whole file says.
public struct ArchiveEnd: Sendable, Hashable {
    /// How many events there are.
    public var events: Int64
    /// How many segments.
    public var segments: Int64
    /// The BLAKE2b of all lines before this one, in hexadecimal: whoever knows it knows the file.
    public var digest: String
}
