import ChatApplication
import ChatDomain
import Hashing
import LogArchive
import LogProof
import PostgresClient
import Sealing

/// The rows of the seals, and what of the log a seal rests on.
enum SealRows {
    static let columns = """
        number, first_position, last_position, epoch, sealed_at, node, root, fingerprints, previous, key, signature
        """

    /// What the fingerprints' digest is in the head, is computed from the fingerprints that are stored.
    static func seal(_ rows: PostgresResult, _ row: Int) throws(EventLogError) -> Seal {
        guard let number = rows.int(row, 0), let first = rows.int(row, 1), let last = rows.int(row, 2),
            let epoch = rows.text(row, 3), let at = rows.timestamp(row, 4), let node = rows.text(row, 5),
            let root = rows.bytesSlice(row, 6).flatMap({ SHA256Digest($0) }), let fingerprints = rows.bytes(row, 7),
            let previous = rows.bytesSlice(row, 8).flatMap({ SHA256Digest($0) }),
            let key = rows.bytes(row, 9).flatMap({ VerifyingKey($0) }), let signature = rows.bytes(row, 10)
        else { throw .refused("a row of the seals is incomplete") }
        let head = SealHead(
            number: number, first: Position(first), last: Position(last), epoch: epoch, at: at,
            node: NodeName(node), root: root, fingerprints: Fingerprints(fingerprints).digest, previous: previous,
            key: key)
        return Seal(head, signature: signature)
    }

    static func last(_ session: some PostgresSession) async throws -> Seal? {
        let rows = try await session.query("SELECT \(columns) FROM chat_log.seals ORDER BY number DESC LIMIT 1")
        return rows.rowCount == 0 ? nil : try seal(rows, 0)
    }

    static func seal(number: Int64, _ session: some PostgresSession) async throws -> Seal? {
        let rows = try await session.query(
            "SELECT \(columns) FROM chat_log.seals WHERE number = $1", [.int8(number)])
        return rows.rowCount == 0 ? nil : try seal(rows, 0)
    }

    /// The seal over a position.
    static func seal(over position: Position, _ session: some PostgresSession) async throws -> Seal? {
        let rows = try await session.query(
            """
            SELECT \(columns) FROM chat_log.seals WHERE last_position >= $1 AND first_position <= $1
            ORDER BY last_position LIMIT 1
            """, [.int8(position.value)])
        return rows.rowCount == 0 ? nil : try seal(rows, 0)
    }

    static func fingerprints(of number: Int64, _ session: some PostgresSession) async throws -> Fingerprints? {
        let rows = try await session.query("SELECT fingerprints FROM chat_log.seals WHERE number = $1", [.int8(number)])
        return rows.rowCount == 0 ? nil : rows.bytes(0, 0).map { Fingerprints($0) }
    }

    static func lineage(_ session: some PostgresSession) async throws(PostgresError) -> [ArchiveHeader.Life] {
        let rows = try await session.query(
            "SELECT epoch, from_position, started_at FROM chat_log.epochs ORDER BY from_position, started_at")
        return (0..<rows.rowCount).map { row in
            ArchiveHeader.Life(
                epoch: rows.text(row, 0) ?? "", from: Position(rows.int(row, 1) ?? 1), at: rows.timestamp(row, 2) ?? 0)
        }
    }

    static func head(_ session: some PostgresSession) async throws(PostgresError) -> Position {
        Position(try await session.query("SELECT chat_log.head()").int(0, 0) ?? 0)
    }

    /// The leaves of a range, as rows of a COPY: ``EventLeaf/columns``.
    static func leaves(_ first: Position, _ last: Position) -> String {
        """
        COPY (SELECT \(EventLeaf.columns) FROM chat_log.events WHERE position >= \(first) AND position <= \(last) \
        ORDER BY position) TO STDOUT (FORMAT binary)
        """
    }
}
