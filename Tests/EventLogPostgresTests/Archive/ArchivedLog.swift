import ChatProjections
import ChatTestKit
import EventLogPostgres
import Foundation
import JSONText
import PostgresClient

/// A sealed log in partitions of 50 positions, and the folder that old ones go to.
struct ArchivedLog {
    let log: SealedLog
    var folder: String { log.folder + "/old" }

    /// 230 events, all sealed: four whole partitions below the log's end.
    static func with(events: Int = 230, seals: Bool = true, _ body: (ArchivedLog) async throws -> Void) async throws {
        let log = try await SealedLog(database: LogDatabase.fresh(partitionSize: 50))
        let connection = try await LogDatabase.connect(log.database.conninfo)
        _ = try await ProjectionMigration.migrate(connection)
        await connection.close()
        try await log.append(events)
        if seals { try await log.seal(eventsInSeal: 8) }
        let archived = ArchivedLog(log: log)
        try await archived.foldAll()
        try await body(archived)
        await log.close()
    }

    /// As if every projection had folded the log: these events are nothing to any.
    func foldAll() async throws {
        try await log.sql("UPDATE chat_read.projections SET position = chat_log.head()")
    }

    func audit(_ arguments: String...) throws -> ProgramRun {
        try ProgramRun("chat-audit", arguments + ["--database", log.database.conninfo])
    }

    func replay(_ arguments: String...) throws -> ProgramRun {
        try ProgramRun("chat-replay", arguments + ["--database", log.database.conninfo])
    }

    /// Archives all whole partitions before a position, and drops them.
    func drop(before: Int) throws -> ProgramRun {
        try audit("archive", folder, "--before", "\(before)", "--drop")
    }

    /// The bytes of an exported log.
    func export(to: Int, _ options: String...) throws -> [UInt8] {
        let file = "\(log.folder)/export-\(UUID().uuidString)"
        let run = try ProgramRun(
            "chat-replay", ["export", file, "--to", "\(to)", "--database", log.database.conninfo] + options)
        guard run.status == 0, let data = FileManager.default.contents(atPath: file) else {
            throw UnexpectedEnd(arguments: options, run: run)
        }
        return Array(data)
    }

    /// The path of a file of the archive of the partition from a position on.
    func file(from: Int, _ suffix: String) -> String {
        func digits(_ number: Int) -> String { String("\(number + 10_000_000_000_000_000)".dropFirst()) }
        return "\(folder)/events-\(digits(from))-\(digits(from + 49))\(suffix)"
    }
}
