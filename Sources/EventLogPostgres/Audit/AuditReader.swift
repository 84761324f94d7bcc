public import ChatApplication
public import ChatDomain
import ChatProjections
import EventCodec
import PostgresClient

/// Answers an auditor's questions to the log, newest first.
///
/// The projection `audit` says in which spans of positions to look; what is in the last, open one, and what the
/// projection has not folded yet, is read from the log itself, so that nothing is missing however far it lags.
public struct AuditReader: Sendable {
    let access: AuditAccess
    let keys: (any SealingKeyStore)?
    let archived: ArchivedPart?

    /// Over an access. With keys, texts are opened, and addresses that are not folded yet.
    ///
    /// - Parameter archived: what of the log is in archives only. A question that needs it, without the files, is
    ///   refused, and never answered in part.
    public init(_ access: AuditAccess, keys: (any SealingKeyStore)?, archived: ArchivedPart? = nil) {
        self.access = access
        self.keys = keys
        self.archived = archived
    }

    /// A part of an answer.
    public struct Page: Sendable {
        /// What was found, newest first.
        public var entries: [AuditEntry]
        /// The names of all users in it.
        public var names: AuditNames
        /// Whether older events may be asked for, too.
        public var more: Bool
        /// The newest position that was looked at.
        public var head: Position
    }

    /// The newest events behind `after` and up to `upTo` that a filter means, at most `limit`.
    public func page(
        _ filter: AuditFilter, after: Position, upTo: Position, limit: Int, opening: AuditOpening = .addresses
    ) async throws -> Page {
        try await access.read { transaction in
            let progress = try await AuditProgress(transaction)
            var search = AuditSearch(
                filter, transaction, progress: progress, openers: AuditOpeners(keys, opening), limit: limit,
                archived: archived)
            let top = min(upTo, progress.head)
            try await search.run(after: after, upTo: top)
            return Page(
                entries: search.entries, names: try await AuditLookup.names(search.entries, transaction),
                more: search.entries.count >= limit, head: top)
        }
    }

    /// How far log and projection are.
    public func progress() async throws -> AuditProgress {
        try await access.read { try await AuditProgress($0) }
    }

    /// Where the events end that were recorded before a time, in microseconds since 1970 UTC.
    public func position(before time: Int64) async throws -> Position {
        try await access.read { transaction in
            var low = Position.start
            var high = try await AuditProgress(transaction).head
            while low < high {
                let middle = Position(low.value + (high.value - low.value + 1) / 2)
                if let archived, middle <= archived.last {
                    // Without the files, it is somewhere in there: whoever reads from it is told so.
                    guard let files = archived.events else { return archived.last.advanced(by: -1) }
                    let event = try await files.events(after: middle.advanced(by: -1), upTo: middle).first
                    if event.map({ $0.recordedAt < time }) == true {
                        low = middle
                    } else {
                        high = middle.advanced(by: -1)
                    }
                    continue
                }
                let rows = try await transaction.query(
                    "select recorded_at < $2 from chat.audit_log where position = $1",
                    [.int8(middle.value), .timestamptz(time)])
                if rows.bool(0, 0) == true { low = middle } else { high = middle.advanced(by: -1) }
            }
            return low
        }
    }

    /// The user with this folded name, or of this number; nil if there is none.
    public func user(folded: String?, id: Int64?) async throws -> UserID? {
        try await access.read { transaction in
            let rows =
                if let id {
                    // The log itself knows who there ever was.
                    try await transaction.query(
                        """
                        select $1::bigint where exists (select from chat.audit_names where id = $1)
                            or exists (select from chat.audit_log where stream = $2)
                        """,
                        [.int8(id), .text(StreamName.account(UserID(id)).value)])
                } else {
                    try await transaction.query(
                        "select id from chat.audit_names where folded = $1 and deleted_at is null",
                        [.text(folded ?? "")])
                }
            return rows.rowCount > 0 ? rows.int(0, 0).map { UserID($0) } : nil
        }
    }
}

/// How far log and projection are, in one snapshot.
public struct AuditProgress: Sendable {
    /// The newest position of the log.
    public let head: Position
    /// Up to where the projection has folded it; the start if its tables are not this program's.
    public let folded: Position

    init(_ transaction: PostgresTransaction) async throws {
        let head = try await transaction.query("select position from chat.audit_log order by position desc limit 1")
        self.head = Position(head.rowCount > 0 ? head.int(0, 0) ?? 0 : 0)
        let rows = try await transaction.query("select version, position from chat.audit_progress")
        let isOurs = rows.rowCount == 1 && rows.int(0, 0) == Int64(AuditProjection.version)
        folded = Position(isOurs ? rows.int(0, 1) ?? 0 : 0)
    }

    /// Up to where spans are whole.
    var whole: Position { Position(folded.value / AuditProjection.span * AuditProjection.span) }
}

/// What of an answer is opened, as far as there are keys.
public enum AuditOpening: Sendable {
    /// Addresses.
    case addresses
    /// Texts of messages, too.
    case texts
    /// All.
    case everything
}

/// The keys to an answer.
struct AuditOpeners {
    let keyring: Keyring?
    private let opening: AuditOpening

    init(_ keys: (any SealingKeyStore)?, _ opening: AuditOpening) {
        keyring = keys.map { Keyring(store: $0) }
        self.opening = opening
    }

    /// The opener for an event; nil where it is not to be opened.
    func opener(_ event: RecordedEvent, isFolded: Bool) -> Keyring? {
        if opening == .everything { return keyring }
        return switch EventType(rawValue: event.type) {
        case .messageSent, .messageEdited: opening == .texts ? keyring : nil
        // Where it is folded, its address stands in the read table.
        case .userRegistered, .sessionOpened, .loginRefused: isFolded ? nil : keyring
        default: nil
        }
    }
}
