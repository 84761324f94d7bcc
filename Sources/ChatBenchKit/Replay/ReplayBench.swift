import CommandLineTool
import EventLogPostgres
import JSONText
import PostgresClient
import Reactor

/// `chat-bench replay`.
struct ReplayBench: Sendable {
    let options: ReplayOptions

    /// Makes the log if that is asked for, then lets chat-replay rebuild and verify, and prints what it took.
    func run() async throws -> ExitCode {
        let loop = EventLoop(name: "replay")
        let options = options
        let found = try await Task(executorPreference: loop) { try await Self.prepare(options, on: loop) }.value
        var runs: [ReplayRun] = []
        for (what, arguments) in measurements {
            let run = try await ReplayRun.carryOut(
                what, options.program, arguments, database: options.database, events: found.events,
                postgres: found.postgres)
            if options.asJSON { StandardStream.output.write("\(JSONValue.object(run.json))\n") }
            runs.append(run)
        }
        if !options.asJSON, !runs.isEmpty {
            StandardStream.output.write("\(found.events) events\n")
            StandardStream.output.write(ReplayRun.table(runs, colour: StandardStream.output.usesColour()))
        }
        return .success
    }

    private var measurements: [(what: String, arguments: [String])] {
        let jobs = options.jobs == 1 ? [] : ["--jobs", String(options.jobs)]
        return options.parts.map { ("rebuild \($0.rawValue)", ["rebuild"] + $0.projections + jobs) }
            + (options.verifies ? [("verify", ["verify"])] : [])
    }

    private static func prepare(
        _ options: ReplayOptions, on loop: EventLoop
    ) async throws -> (events: Int, postgres: Int?) {
        do {
            let connection = try await PostgresConnection.connect(
                options.database, applicationName: "chat-bench", on: loop, timeout: .seconds(10))
            if options.generates { try await generate(options.plan, connection) }
            let found = try await connection.query("select chat_log.head(), pg_backend_pid()")
            await connection.close()
            let server = found.int(0, 1).flatMap { ProcessTimes.server(ofBackend: Int($0)) }
            return (Int(found.int(0, 0) ?? 0), server)
        } catch let error as PostgresError {
            throw ToolFailure(.failed, "\(error)")
        }
    }

    private static func generate(_ plan: HistoryPlan, _ connection: PostgresConnection) async throws {
        let progress = ProgressReporter("make the log", unit: "events")
        defer { progress.finish() }
        try await HistoryLoading(connection: connection, plan: plan) { done, total in
            progress.update(done, total: total)
        }.run()
    }
}
