import ChatProjections
import CommandLineTool
import EventLogPostgres
import LogAccess
import PostgresClient

/// `chat-replay rollback`.
struct RollbackCommand: ReplayCommand {
    static let declaration = Command(
        "rollback", "bring back the read tables that were live before the last swap, brought up to the log's end",
        arguments: [ProjectionArguments.declared], options: [ArchiveOption.option, .json])

    private let kinds: [any Projection.Type]
    private let json: Bool

    init(_ invocation: Invocation) throws(UsageError) {
        kinds = try ProjectionArguments.chosen(invocation)
        json = invocation.flag("json")
    }

    func run(_ database: LogAccess) async throws -> ExitCode {
        let connection = try await database.connect()
        let progress = JobProgress("rollback", jobs: 1)
        let rebuild = ProjectionRebuild(database.means(connection)) { progress.update($0, $1, $2) }
        do {
            let taken = try await rebuild.exclusively { try await rebuild.rollBack(kinds) }
            progress.finish()
            TakeoverReport(taken).write(json: json, verb: "rolled back")
        } catch let failure as RebuildFailure {
            throw ToolFailure(.failed, "\(failure)")
        }
        await connection.close()
        return .success
    }
}
