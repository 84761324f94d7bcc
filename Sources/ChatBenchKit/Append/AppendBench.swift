import CommandLineTool
import EventLogPostgres
import JSONText
import PostgresClient
import Reactor

/// `chat-bench append`: what the log's function takes by itself, called by one node, one batch behind the other.
struct AppendBench: Sendable {
    static let command = Command(
        "append", "append batches of messages to the log of an empty database, and measure the function alone",
        options: [
            .text(
                "database", "URL", environment: "CHAT_DATABASE",
                help: "a libpq URI or keyword string; its log must be empty"),
            .integer("events", "N", in: 1...1_000_000_000, default: 500_000, help: "messages to append"),
            .integer("batch", "N", in: 1...10_000, default: 500, help: "messages of a batch"),
            .integer(
                "users", "N", in: 2...10_000_000, default: 1_000, help: "who write to one of ten friends, at random"),
            .integer("size", "BYTES", in: 1...16_384, default: 100, help: "the length of a text"),
            .flag("keys", help: "give each command an idempotency key"),
            .json,
        ])

    private let database: String
    private let events: Int
    private let batch: Int
    private let users: Int
    private let textBytes: Int
    private let hasKeys: Bool
    private let asJSON: Bool

    init(_ invocation: Invocation) throws(UsageError) {
        database = try invocation.required("database")
        events = invocation.integer("events") ?? 1
        batch = invocation.integer("batch") ?? 1
        users = invocation.integer("users") ?? 2
        textBytes = invocation.integer("size") ?? 1
        hasKeys = invocation.flag("keys")
        asJSON = invocation.flag("json")
    }

    func run() async throws -> ExitCode {
        let loop = EventLoop(name: "append")
        let figures: AppendFigures
        do {
            figures = try await Task(executorPreference: loop) { try await measure(on: loop) }.value
        } catch let error as PostgresError {
            throw ToolFailure(.failed, "\(error)")
        }
        let table = Table(AppendFigures.columns, rows: [figures.row])
        StandardStream.output.write(asJSON ? table.jsonLines() : table.text(colour: StandardStream.output.usesColour()))
        return figures.refused == 0 ? .success : .negative
    }

    private func measure(on loop: EventLoop) async throws -> AppendFigures {
        let connection = try await PostgresConnection.connect(
            database, applicationName: "chat-bench", on: loop, timeout: .seconds(10))
        _ = try await SchemaMigrator(connection).migrate()
        guard try await connection.query("select chat_log.head()").int(0, 0) == 0 else {
            throw ToolFailure(.failed, "the database has a log already")
        }
        await connection.close()
        let appends = PostgresPool(database, applicationName: "chat-bench", size: 1, on: loop)
        let log = PostgresEventLog(
            appends: appends, reads: PostgresPool(database, applicationName: "chat-bench", size: 1, on: loop))
        var load = AppendLoad(users: users, textBytes: textBytes, hasKeys: hasKeys, seed: 1)
        for batch in try load.beginnings(of: batch) { _ = try await log.append(batch) }
        let figures = try await appendAll(&load, to: log, pool: appends)
        await log.close()
        return figures
    }

    /// Only the appends are measured: a batch is made while none is under way.
    private func appendAll(
        _ load: inout AppendLoad, to log: PostgresEventLog, pool: PostgresPool
    ) async throws -> AppendFigures {
        let backend = try await pool.withConnection { try await $0.query("select pg_backend_pid()") }.int(0, 0)
        let progress = ProgressReporter("append", unit: "events", total: events)
        var figures = AppendFigures(batch: batch, users: users, hasKeys: hasKeys)
        let before = backend.map { ProcessTimes().seconds(of: Int($0)) }
        while figures.events < events {
            let batch = try load.batch(of: min(batch, events - figures.events))
            let begun = ContinuousClock.now
            let outcomes = try await log.append(batch)
            figures.took(begun.duration(to: .now) / .seconds(1), outcomes)
            progress.update(figures.events)
        }
        progress.finish()
        figures.backendSeconds = backend.flatMap { pid in
            before.map { ProcessTimes().seconds(of: Int(pid)) - $0 }
        }
        return figures
    }
}
