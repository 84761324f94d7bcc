import ChatProjections
import CommandLineTool
import EventLogPostgres
import JSONText
import LogAccess
import PostgresClient

/// `chat-replay drop`.
struct DropCommand: ReplayCommand {
    static let declaration = Command(
        "drop", "remove the read tables that are kept for a rollback, and what a rebuild left unfinished",
        arguments: [ProjectionArguments.declared], options: [.json])

    private let kinds: [any Projection.Type]
    private let json: Bool

    init(_ invocation: Invocation) throws(UsageError) {
        kinds = try ProjectionArguments.chosen(invocation)
        json = invocation.flag("json")
    }

    func run(_ database: LogAccess) async throws -> ExitCode {
        let connection = try await database.connect()
        let rebuild = ProjectionRebuild(database.means(connection))
        do {
            let removed = try await rebuild.exclusively { try await rebuild.removeKept(kinds) }
            for set in removed {
                let row: JSONObject = ["projection": .string(set.projection), "set": .integer(Int64(set.number))]
                StandardStream.output.write(
                    json ? "\(JSONValue.object(row))\n" : "\(set.projection): set \(set.number) is removed\n")
            }
            if removed.isEmpty { StandardStream.error.write("nothing is kept\n") }
        } catch let failure as RebuildFailure {
            throw ToolFailure(.failed, "\(failure)")
        }
        await connection.close()
        return .success
    }
}
