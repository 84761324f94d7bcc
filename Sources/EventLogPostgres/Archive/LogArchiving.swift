import ChatApplication
public import ChatDomain
import EventCodec
import Hashing
public import LogArchive
public import LogProof
public import PostgresClient
import Sealing

/// Moves whole partitions of the log to archives and back: what the database does of it. Its role must own the log.
public struct LogArchiving: Sendable {
    /// A partition that may be archived.
    public struct Partition: Sendable, Hashable {
        /// Its first position.
        public var first: Position
        /// Its last position.
        public var last: Position
        /// The archive that it is in already.
        public var record: ArchiveRecord?

        /// How many events it has.
        public var count: Int { Int(last.value - first.value + 1) }
    }

    /// Below what a partition must lie as a whole.
    public enum Limit: Sendable {
        /// Its positions are below this one.
        case position(Position)
        /// Its events were recorded before this time, in microseconds since 1970 UTC.
        case time(Int64)
    }

    /// Why it is not done.
    public struct Refusal: Error, Sendable, CustomStringConvertible {
        /// One line for people.
        public var description: String
    }

    /// How long a drop waits, all in all, for those who read the log; appends wait 200 ms of it at a time.
    public static let dropPatience = Duration.seconds(60)
    private static let dropPause = Duration.milliseconds(300)
    private static let key: Int64 = 7_166_192_731_461_542_519

    private let connection: PostgresConnection
    private let host: String

    /// - Parameters:
    ///   - connection: of its own, under the role that owns the log.
    ///   - host: the machine that it is done from.
    public init(_ connection: PostgresConnection, host: String) {
        self.connection = connection
        self.host = host
    }

    /// Runs `body` while nobody else archives or restores.
    public func exclusively<Value>(_ body: () async throws -> Value) async throws -> Value {
        let owns = try await connection.query(
            "SELECT has_function_privilege('chat_log.drop_archived(bigint, boolean)', 'execute')")
        guard owns.bool(0, 0) == true else {
            throw Refusal(description: "only the role that ran chatserver migrate, which owns the log, archives it")
        }
        // The session of a run that was killed may live on for a moment.
        let deadline = ContinuousClock.now + ReplayLock.patience
        while try await connection.query("SELECT pg_try_advisory_lock($1)", [.int8(Self.key)]).bool(0, 0) != true {
            guard ContinuousClock.now < deadline else {
                throw Refusal(description: "another chat-audit archive or restore is at work")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        // It goes with the connection, which is this work's own.
        return try await body()
    }

    /// The partitions below a limit that are in the database, in order. That which has the log's end is not among them.
    public func partitions(below limit: Limit) async throws -> [Partition] {
        let (condition, parameter): (String, PostgresValue) =
            switch limit {
            case .position(let position): ("p.last_position < $1", .int8(position.value))
            case .time(let time):
                (
                    "(SELECT e.recorded_at FROM chat_log.events e WHERE e.position = p.last_position) < $1",
                    .timestamptz(time)
                )
            }
        let rows = try await connection.query(
            """
            SELECT p.first_position, p.last_position FROM chat_log.partitions() p
            WHERE p.last_position < chat_log.head() AND \(condition) ORDER BY p.first_position
            """, [parameter])
        let records = Dictionary(
            try await ArchiveRecord.all(connection).map { ($0.first, $0) }, uniquingKeysWith: { first, _ in first })
        return (0..<rows.rowCount).map { row in
            let first = Position(rows.int(row, 0) ?? 0)
            return Partition(first: first, last: Position(rows.int(row, 1) ?? 0), record: records[first])
        }
    }

    /// What an archive's file begins with; a reader of one file needs no numbers of users and groups.
    public func header(of partition: Partition) async throws -> ArchiveHeader {
        var header = try await ArchiveRows.header(connection, from: partition.first, to: partition.last)
        (header.users, header.groups) = (0, 0)
        return header
    }

    /// Hands out the seals that have events of a partition, as JSON lines, some at a time.
    public func seals(of partition: Partition, _ body: ([Seal]) async throws -> Void) async throws {
        var number = Int64.min
        while true {
            let rows = try await connection.query(
                """
                SELECT \(SealRows.columns) FROM chat_log.seals
                WHERE last_position >= $1 AND first_position <= $2 AND number > $3 ORDER BY number LIMIT \(Self.sealsAtOnce)
                """, [.int8(partition.first.value), .int8(partition.last.value), .int8(number)])
            guard rows.rowCount > 0 else { return }
            var seals: [Seal] = []
            for row in 0..<rows.rowCount { seals.append(try SealRows.seal(rows, row)) }
            try await body(seals)
            number = seals.last?.head.number ?? number
        }
    }

    private static let sealsAtOnce = 100

    /// Proves that an archive has a partition's events as the database has them, and that its seals are over them.
    ///
    /// - Parameters:
    ///   - events: the archive, as it was read back.
    ///   - root: what its manifest says.
    /// - Throws: ``Refusal`` or ``ArchiveDefect``.
    public func prove(_ events: any ArchivedEvents, root: String, of partition: Partition) async throws {
        let part = ArchivedPart(
            first: partition.first, last: partition.last, files: [], events: events)
        var (here, there) = (GrowingTree(), GrowingTree())
        try await LeafReading.run(connection, partition.first, partition.last) { here.add(MerkleTree.leaf($1)) }
        do {
            try await LeafReading.run(connection, partition.first, partition.last, archived: part) {
                there.add(MerkleTree.leaf($1))
            }
        } catch let defect as ProofDefect {
            throw ArchiveDefect(defect.position, defect.reason)
        }
        guard here.root == there.root, Hexadecimal.text(there.root.bytes) == root else {
            throw ArchiveDefect(partition.first, "the archive does not hold what the log holds")
        }
        // A seal of an earlier version may reach into a partition that is gone: verify reads it with both files.
        let inside = try await connection.query(
            """
            SELECT min(first_position), max(last_position) FROM chat_log.seals
            WHERE first_position >= $1 AND last_position <= $2
            """, [.int8(partition.first.value), .int8(partition.last.value)])
        guard let first = inside.int(0, 0), let last = inside.int(0, 1) else { return }
        var question = SealVerification.Question()
        (question.from, question.to, question.archived) = (Position(first), Position(last), part)
        let verification = SealVerification(chain: connection, readers: [connection])
        if let defect = try await verification.run(question).defect {
            throw ArchiveDefect(defect.position, defect.reason)
        }
    }

    /// Says in the log, and in the table of archives, that a partition was written.
    public func record(_ partition: Partition, as record: ArchiveRecord) async throws {
        let event = try await event(.written, record)
        try await connection.transaction { transaction in
            try await append(event, transaction)
            _ = try await transaction.query(
                "SELECT chat_log.record_archive($1, $2, $3, $4, $5, $6)",
                [
                    .int8(record.first.value), .int8(record.last.value), .text(record.file),
                    .bytes(Hexadecimal.bytes(record.manifest) ?? []), .bytes(Hexadecimal.bytes(record.root) ?? []),
                    .int8(record.bytes),
                ])
        }
    }

    /// Why a recorded partition cannot be dropped now; nil if it can.
    public func obstacle(_ partition: Partition, unsealed: Bool) async throws -> String? {
        try await connection.query(
            "SELECT chat_log.drop_obstacle($1, $2)", [.int8(partition.first.value), .bool(unsealed)]
        ).text(0, 0)
    }

    /// Drops a partition whose archive was proven, and says so in the log, both or neither. Waits for those who read.
    public func drop(_ record: ArchiveRecord, unsealed: Bool) async throws {
        let event = try await event(.dropped, record)
        let deadline = ContinuousClock.now + Self.dropPatience
        while true {
            do {
                return try await connection.transaction { transaction in
                    // First, as every append does: whoever appends must not wait for this one the other way round.
                    _ = try await transaction.query("SELECT chat_log.lock_appends()")
                    try await append(event, transaction)
                    _ = try await transaction.query(
                        "SELECT chat_log.drop_archived($1, $2)", [.int8(record.first.value), .bool(unsealed)])
                }
            } catch let error as PostgresError where error.sqlState == "55P03" && ContinuousClock.now < deadline {
                try await Task.sleep(for: Self.dropPause)
            }
        }
    }

    /// Brings the events of the partition that was dropped last back into the log, if they are what was archived.
    ///
    /// - Parameter events: the archive's, in order.
    public func restore(
        _ record: ArchiveRecord, events: any ArchivedEvents, progress: (_ done: Int, _ total: Int) -> Void
    ) async throws {
        let event = try await event(.restored, record)
        let part = ArchivedPart(first: record.first, last: record.last, files: [], events: events)
        try await connection.transaction { transaction in
            let table = try await transaction.query("SELECT chat_log.begin_restore($1)", [.int8(record.first.value)])
            guard let name = table.text(0, 0) else { throw Refusal(description: "the partition cannot be made") }
            var tree = GrowingTree()
            _ = try await part.scan(after: record.first.advanced(by: -1), upTo: record.last) { events in
                var encoder = PostgresCopyEncoder()
                for event in events {
                    encoder.append(ArchiveRows.row(event))
                    tree.add(MerkleTree.leaf(EventLeaf.bytes(of: event)[...]))
                }
                var chunk: [UInt8]? = encoder.finish()
                _ = try await transaction.copyIn(ArchiveRows.copy(into: "chat_log.\(name)")) {
                    defer { chunk = nil }
                    return chunk
                }
                progress(tree.count, Int(record.last.value - record.first.value + 1))
                return true
            }
            guard Hexadecimal.text(tree.root.bytes) == record.root else {
                throw ArchiveDefect(record.first, "the archive does not hold what was archived")
            }
            _ = try await transaction.query("SELECT chat_log.lock_appends()")
            try await append(event, transaction)
            _ = try await transaction.query("SELECT chat_log.finish_restore($1)", [.int8(record.first.value)])
        }
    }

    private func event(_ step: ArchiveStep, _ record: ArchiveRecord) async throws -> ChatEvent {
        let role = try await connection.query("SELECT session_user::text").text(0, 0) ?? ""
        return .logArchived(
            LogArchived(
                step, from: record.first, to: record.last, file: record.file, manifest: record.manifest,
                root: record.root, by: ReplayOrigin(role: role, host: host)))
    }

    private func append(_ event: ChatEvent, _ transaction: PostgresTransaction) async throws {
        let stored = try EventCodec.encode(event, in: .replay, sealer: NothingPersonal(), at: 0)
        let encoded = EncodedEvent(
            stream: .replay, type: stored.type, schema: stored.schema, payload: stored.payload)
        let batch = AppendBatch(origin: nil, commands: [AppendCommand(chain: 0, events: [encoded])])
        _ = try await transaction.query(AppendArguments.sql, AppendArguments(batch).parameters)
    }
}
