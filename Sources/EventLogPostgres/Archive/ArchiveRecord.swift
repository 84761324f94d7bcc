public import ChatDomain
public import PostgresClient

/// What the database knows of an archive.
public struct ArchiveRecord: Sendable, Hashable {
    /// The partition's first position.
    public var first: Position
    /// Its last position.
    public var last: Position
    /// The name of the manifest.
    public var file: String
    /// The SHA-256 of the manifest, in hexadecimal.
    public var manifest: String
    /// The root over all events, in hexadecimal.
    public var root: String
    /// The bytes of the events' file.
    public var bytes: Int64
    /// Whether the events are in the file only.
    public var isDropped: Bool

    /// A record.
    public init(
        first: Position, last: Position, file: String, manifest: String, root: String, bytes: Int64, isDropped: Bool
    ) {
        self.first = first
        self.last = last
        self.file = file
        self.manifest = manifest
        self.root = root
        self.bytes = bytes
        self.isDropped = isDropped
    }

    /// All of them, in order; none in a database that is older than archives. Every role that reads the log may ask.
    public static func all(_ session: some PostgresSession) async throws(PostgresError) -> [ArchiveRecord] {
        let known = try await session.query("SELECT to_regclass('chat.archives') IS NOT NULL")
        guard known.bool(0, 0) == true else { return [] }
        let rows = try await session.query(
            """
            SELECT first_position, last_position, file, manifest, root, bytes, dropped_at IS NOT NULL
            FROM chat.archives ORDER BY first_position
            """)
        return (0..<rows.rowCount).map { row in
            ArchiveRecord(
                first: Position(rows.int(row, 0) ?? 0), last: Position(rows.int(row, 1) ?? 0),
                file: rows.text(row, 2) ?? "", manifest: rows.text(row, 3) ?? "", root: rows.text(row, 4) ?? "",
                bytes: rows.int(row, 5) ?? 0, isDropped: rows.bool(row, 6) ?? false)
        }
    }
}
