import ChatDomain
import CommandLineTool
import EventLogPostgres
import LogAccess
import LogArchive
import PostgresClient
import Zstandard

/// `chat-replay export`.
struct ExportCommand: ReplayCommand {
    static let declaration = Command(
        "export", "write the log to a file, or to - for standard output: one event a line of JSON",
        arguments: [Argument("FILE")],
        options: [
            ArchiveOption.option,
            .integer("from", "POSITION", in: 1...Int.max, default: 1, help: "the first event"),
            .integer("to", "POSITION", in: 0...Int.max, help: "the last event; the newest if not given"),
            .flag(
                "redact",
                help: "mask names, texts, descriptions, addresses and credentials; nobody can log in to the copy"),
        ])

    private let path: String
    private let from: Position
    private let to: Position?
    private let redacted: Bool

    init(_ invocation: Invocation) throws(UsageError) {
        path = invocation.arguments[0]
        from = Position(Int64(invocation.integer("from") ?? 1))
        to = invocation.integer("to").map { Position(Int64($0)) }
        redacted = invocation.flag("redact")
        if let to, to.advanced(by: 1) < from { throw UsageError("--from is behind --to") }
    }

    func run(_ database: LogAccess) async throws -> ExitCode {
        let connection = try await database.connect()
        let sink = try ArchiveSink(path)
        let progress = ProgressReporter("export", unit: "events")
        do {
            let export = LogExport(connection, log: database.log, keys: database.keys)
            let written = try await export.run(
                from: from, to: to, redacted: redacted, progress: { progress.update($0, total: $1) },
                { try await sink.write($0) })
            try await sink.finish()
            progress.finish()
            StandardStream.error.write("exported \(ArchiveReport.line(written.header, written.end))\n")
        } catch {
            sink.abandon()
            throw error
        }
        await connection.close()
        return .success
    }
}

/// What is said of an archive that was written or read.
enum ArchiveReport {
    static func line(_ header: ArchiveHeader, _ end: ArchiveEnd) -> String {
        let masked = header.redacted ? ", redacted" : ""
        return "\(end.events) events, positions \(header.from) to \(header.to) of epoch \(header.epoch)\(masked), "
            + "\(end.segments) segments, digest \(end.digest)"
    }
}
