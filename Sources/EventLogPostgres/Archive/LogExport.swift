import ChatApplication
public import ChatDomain
public import LogArchive
public import PostgresClient

/// Writes the log, and what a copy of it needs, as an archive, while nodes go on appending.
///
/// The head is asked for first, so that every key that an event up to it needs exists by then; what is appended later
/// is not in the file. No snapshot stays open for longer than a stride of the log.
public struct LogExport: Sendable {
    /// Bytes that are gathered before they are handed on.
    private static let pieceBytes = 256 * 1024

    private let connection: PostgresConnection
    private let log: PostgresEventLog
    private let keys: PostgresKeyStore

    /// An export over a connection whose role owns the schemas: that of the log, the keys and the secrets.
    public init(_ connection: PostgresConnection, log: PostgresEventLog, keys: PostgresKeyStore) {
        self.connection = connection
        self.log = log
        self.keys = keys
    }

    /// Why there is nothing to export.
    public struct OutOfRange: Error, Sendable, CustomStringConvertible {
        /// The log's last position.
        public var head: Position
        /// One line for people.
        public var description: String { "the log ends at position \(head)" }
    }

    /// Writes the events of a range, from the first to the newest one by default.
    ///
    /// - Parameter redacted: whether everything personal is masked, see `Redaction`.
    /// - Returns: what the file's header and its last line say.
    public func run(
        from: Position = Position(1), to: Position? = nil, redacted: Bool = false,
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in },
        _ write: ([UInt8]) async throws -> Void
    ) async throws -> (header: ArchiveHeader, end: ArchiveEnd) {
        let head = try await log.head()
        let to = min(to ?? head, head)
        guard from <= to.advanced(by: 1) else { throw OutOfRange(head: head) }
        let secret = try await keys.namePepper()
        let redaction = redacted ? Redaction(secret: secret) : nil
        var header = try await ArchiveRows.header(connection, from: from, to: to)
        header.redacted = redacted
        var writer = ArchiveWriter(header)
        writer.add(ArchivedSecret(name: "name-pepper", value: redaction?.namePepper ?? secret))
        try await connection.eachRow(ArchiveRows.keys) { rows in
            for row in 0..<rows.rowCount {
                let key = try ArchiveRows.key(rows, row)
                writer.add(redaction?.masked(key) ?? key)
            }
            try await write(writer.take())
        }
        if !redacted {
            try await connection.eachRow(ArchiveRows.remembered(to: to)) { rows in
                for row in 0..<rows.rowCount { writer.add(try ArchiveRows.remembered(rows, row)) }
                try await write(writer.take())
            }
        }
        let keyring = Keyring(store: keys)
        try await log.scan(after: from.advanced(by: -1), upTo: to) { events in
            for event in try await redaction?.masked(events, keyring) ?? events { writer.add(event) }
            if writer.byteCount >= Self.pieceBytes { try await write(writer.take()) }
            let last = events.last?.position ?? to
            progress(Int(last.value - from.value + 1), Int(to.value - from.value + 1))
        }
        let end = writer.finish()
        try await write(writer.take())
        return (header, end)
    }
}

extension PostgresConnection {
    /// Hands out the rows of a query by binary COPY, some at a time.
    fileprivate nonisolated func eachRow(
        _ query: String, _ body: (PostgresResult) async throws -> Void
    ) async throws {
        _ = try await copyOut("COPY (\(query)) TO STDOUT (FORMAT binary)", body)
    }
}
