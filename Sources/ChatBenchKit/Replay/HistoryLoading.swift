import CommandLineTool
import EventLogPostgres
import Foundation
import PostgresClient

/// Puts a made log into an empty database by `COPY`, with all that nodes need to go on from it: heads with states,
/// partitions, keys, the secret of the names, and the next numbers of users and groups.
///
/// Everything is one transaction: what is interrupted leaves an empty log.
struct HistoryLoading {
    /// Bytes handed to a COPY at once.
    private static let pieceBytes = 256 * 1024
    /// For building an index over the whole log.
    private static let indexMemory = "1GB"

    let connection: PostgresConnection
    let plan: HistoryPlan
    let progress: (Int, Int) -> Void

    /// Fills the database, which may be quite empty.
    func run() async throws {
        _ = try await SchemaMigrator(connection).migrate()
        try await ProjectionMigration.migrate(connection)
        try await connection.transaction { transaction in
            _ = try await transaction.query("select chat_log.lock_appends()")
            try await requireEmpty(transaction)
            try await fill(transaction)
        }
        // As a log of this age has long been: a first reader need not mark every row as old.
        _ = try await connection.query("vacuum (freeze, analyze) chat_log.events")
        _ = try await connection.query("analyze chat_log.heads")
        _ = try await connection.query("select chat_log.maintain()")
    }

    private func requireEmpty(_ transaction: PostgresTransaction) async throws {
        let found = try await transaction.query(
            """
            select chat_log.head() > 0 or exists (select from chat_log.heads)
                or exists (select from chat_private.sealing_keys)
            """)
        if found.bool(0, 0) != false { throw ToolFailure(.failed, "the database has a log already") }
    }

    private func fill(_ transaction: PostgresTransaction) async throws {
        let keys = HistoryKeys(seed: plan.seed)
        var history = History(plan, pepper: keys.pepper)
        _ = try await transaction.query("select chat_log.ensure_partitions($1)", [.int8(Int64(plan.events))])
        _ = try await transaction.query(
            "update chat_private.secrets set secret = $1 where name = 'name-pepper'", [.bytes(keys.pepper)])
        let index = try await takeIndexAway(transaction)
        try await copy(into: "chat_log.events (\(HistoryRows.eventColumns))", transaction) {
            guard let event = history.next() else { return nil }
            if event.position.isMultiple(of: 1000) { progress(Int(event.position), plan.events) }
            return try HistoryRows.row(event, keys: keys)
        }
        _ = try await transaction.query("set local maintenance_work_mem = '\(Self.indexMemory)'")
        _ = try await transaction.query(index)
        var heads = history.allHeads.makeIterator()
        try await copy(into: "chat_log.heads (\(HistoryRows.headColumns))", transaction) {
            heads.next().map { HistoryRows.row($0.stream, $0.head) }
        }
        var rows = keys.rows.enumerated().makeIterator()
        try await copy(into: "chat_private.sealing_keys (\(HistoryRows.keyColumns))", transaction) {
            rows.next().map { HistoryRows.row($0.offset + 1, $0.element, at: history.time) }
        }
        try await setNumbers(transaction, history, keys)
    }

    /// Removes the index of streams, which is built faster over all rows at once. Returns the statement that makes it
    /// again as it was.
    private func takeIndexAway(_ transaction: PostgresTransaction) async throws -> String {
        let found = try await transaction.query(
            "select pg_get_indexdef('chat_log.events_by_stream'::regclass)")
        guard let definition = found.text(0, 0) else {
            throw ToolFailure(.failed, "the log has no index of its streams")
        }
        _ = try await transaction.query("drop index chat_log.events_by_stream")
        // Said of the whole log, it is to reach the partitions too.
        return definition.replacingOccurrences(of: " ON ONLY ", with: " ON ")
    }

    private func copy(
        into table: String, _ transaction: PostgresTransaction, _ row: () throws -> [PostgresValue]?
    ) async throws {
        var encoder = PostgresCopyEncoder()
        var isEnded = false
        _ = try await transaction.copyIn("copy \(table) from stdin (format binary)") {
            if isEnded { return nil }
            try Task.checkCancellation()
            while encoder.byteCount < Self.pieceBytes {
                guard let next = try row() else {
                    isEnded = true
                    return encoder.finish()
                }
                encoder.append(next)
            }
            return encoder.take()
        }
    }

    private func setNumbers(
        _ transaction: PostgresTransaction, _ history: History, _ keys: HistoryKeys
    ) async throws {
        let numbers = [
            ("'chat_log.user_ids'", history.people.count), ("'chat_log.group_ids'", history.groups.count),
            ("pg_get_serial_sequence('chat_private.sealing_keys', 'id')", keys.rows.count),
        ]
        for (sequence, last) in numbers where last > 0 {
            _ = try await transaction.query("select setval(\(sequence)::regclass, $1)", [.int8(Int64(last))])
        }
    }
}
