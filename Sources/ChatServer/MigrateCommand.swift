import CommandLineTool
import EventLogPostgres
import PostgresClient
import Reactor

/// `chatserver migrate`.
enum MigrateCommand {
    static func run(_ invocation: Invocation) throws {
        let database = try invocation.required("database")
        let isDry = invocation.flag("dry-run")
        let loop = EventLoop(name: "migrate")
        try Blocking.run(on: loop) {
            let connection = try await PostgresConnection.connect(
                database, applicationName: "chatserver migrate", on: loop, timeout: .seconds(10))
            let size = invocation.integer("partition-size").map { ["partition_size": Int64($0)] } ?? [:]
            let names = try await work(connection, isDry: isDry, settings: size)
            let word = isDry ? "missing" : "applied"
            for name in names { StandardStream.output.write("\(word) \(name)\n") }
            if names.isEmpty { StandardStream.output.write("the schema is up to date\n") }
            await connection.close()
        }
    }

    private static func work(
        _ connection: PostgresConnection, isDry: Bool, settings: [String: Int64]
    ) async throws -> [String] {
        do {
            let migrator = SchemaMigrator(connection)
            if isDry { return try await migrator.pending() }
            let names = try await migrator.migrate(settings: settings)
            try await ProjectionMigration.migrate(connection)
            return names
        } catch {
            throw ToolFailure(.failed, "\(error)")
        }
    }
}
