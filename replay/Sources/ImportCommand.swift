import CommandLineTool
import EventLogPostgres
import LogAccess
import LogArchive
import PostgresClient
import Zstandard

/// `chat-replay import`.
struct ImportCommand: ReplayCommand {
    static let declaration = Command(
        "import", "bring an exported log into an empty one; all of the file or nothing",
        arguments: [Argument("FILE")])

    private let path: String

    init(_ invocation: Invocation) { path = invocation.arguments[0] }

    func run(_ database: LogAccess) async throws -> ExitCode {
        let source = try ArchiveSource(path)
        defer { source.close() }
        let connection = try await database.connect()
        let progress = ProgressReporter("import", unit: "events")
        do {
            let taken = try await LogImport(connection, host: database.means(connection).host).run(progress: {
                progress.update($0, total: $1)
            }) {
                try await source.next()
            }
            progress.finish()
            StandardStream.error.write("imported \(ArchiveReport.line(taken.header, taken.end))\n")
        } catch let failure as ImportFailure {
            throw ToolFailure(failure.isOfFile ? .negative : .failed, "\(failure)")
        } catch let failure as ArchiveFailure {
            throw ToolFailure(.negative, "\(failure)")
        } catch let failure as ZstandardError {
            throw ToolFailure(.negative, "\(failure)")
        }
        await connection.close()
        return .success
    }
}

extension ImportFailure {
    /// Whether the file is at fault, not where it was to go.
    fileprivate var isOfFile: Bool {
        switch self {
        case .notEmpty, .partial: false
        case .lacksSecret, .discontinuous, .unreadable: true
        }
    }
}
