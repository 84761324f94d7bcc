import ChatDomain
public import CommandLineTool
import EventLogPostgres
import PostgresClient

/// The option with which a command reads archived events.
public enum ArchiveOption {
    /// `--archive DIR`.
    public static let option = Option.text(
        "archive", "DIR", help: "read what is no longer in the database from the archive files in this folder")

    /// The folder; nil if none is given, or the command has no such option.
    static func folder(_ invocation: Invocation) -> String? {
        invocation.isGiven("archive") ? invocation.text("archive") : nil
    }
}

extension LogAccess {
    /// The same, with what is in archives only: it is read from the folder of `--archive`, or told to be missing.
    public func knowingArchives(_ invocation: Invocation) async throws -> LogAccess {
        let records = try await pool.withConnection { try await ArchiveRecord.all($0) }.filter(\.isDropped)
        guard let last = records.last?.last else { return self }
        let folder = ArchiveOption.folder(invocation).map { ArchiveFolder($0, records) }
        return with(ArchivedPart(last: last, files: records.map(\.file), events: folder), folder)
    }

    /// Refuses to begin what reads the log from its start while a part of it is not at hand.
    public func requireWholeLog() throws {
        guard let archived else { return }
        guard let folder else { throw ToolFailure(.failed, archived.missing) }
        let missing = folder.missing()
        guard missing.isEmpty else {
            throw ToolFailure(
                .failed,
                "the folder of --archive lacks the files of \(missing.prefix(3).joined(separator: ", "))"
                    + (missing.count > 3 ? " and \(missing.count - 3) more" : ""))
        }
    }
}
