import ChatDomain
import ChatProjections
import CommandLineTool
import EventLogPostgres
import PostgresClient
import Synchronization

/// `chat-replay rebuild`.
struct RebuildCommand: ReplayCommand {
    static let declaration = Command(
        "rebuild", "build read tables anew beside the live ones, and swap them in",
        arguments: [Argument("PROJECTION", .any)],
        options: [
            .integer("jobs", "N", in: 1...16, default: 1, help: "readings of the log at the same time"),
            .integer(
                "throttle", "EVENTS/S", default: 0,
                help: "fold at most so many events a second in each job; 0: as fast as it goes"),
        ])

    private let jobs: [[any Projection.Type]]
    private let throttle: Int

    init(_ invocation: Invocation) throws(UsageError) {
        throttle = invocation.integer("throttle") ?? 0
        let chosen = try ProjectionArguments.chosen(invocation)
        let count = min(invocation.integer("jobs") ?? 1, chosen.count)
        jobs = (0..<count).map { job in
            chosen.indices.filter { $0 % count == job }.map { chosen[$0] }
        }
    }

    func run(_ database: Database) async throws -> ExitCode {
        let connection = try await database.connect()
        let guardian = ProjectionRebuild(database.means(connection))
        let progress = JobProgress(jobs: jobs.count)
        do {
            try await guardian.exclusively { try await runJobs(database, progress) }
        } catch let failure as RebuildFailure {
            throw ToolFailure(.failed, "\(failure)")
        }
        await connection.close()
        return .success
    }

    private func runJobs(_ database: Database, _ progress: JobProgress) async throws {
        let results = try await withThrowingTaskGroup(of: (names: [String], at: Position).self) { group in
            for (number, kinds) in jobs.enumerated() {
                group.addTask { try await rebuild(kinds, number, database, progress) }
            }
            var results: [(names: [String], at: Position)] = []
            for try await result in group { results.append(result) }
            return results
        }
        progress.finish()
        for result in results {
            StandardStream.output.write("\(result.names.joined(separator: ", ")): swapped at position \(result.at)\n")
        }
    }

    private func rebuild(
        _ kinds: [any Projection.Type], _ job: Int, _ database: Database, _ progress: JobProgress
    ) async throws -> (names: [String], at: Position) {
        let connection = try await database.connect()
        let rebuild = ProjectionRebuild(database.means(connection), throttle: throttle) { done, total in
            progress.update(job, done, total)
        }
        let position = try await rebuild.run(kinds)
        await connection.close()
        return (kinds.map { $0.name }, position)
    }
}

/// The progress of several jobs as one figure.
final class JobProgress: Sendable {
    private let reporter = ProgressReporter("rebuild", unit: "events")
    private let jobs: Mutex<[(done: Int, total: Int)]>

    init(jobs count: Int) { jobs = Mutex(Array(repeating: (0, 0), count: count)) }

    func update(_ job: Int, _ done: Int, _ total: Int) {
        let sums = jobs.withLock { jobs in
            jobs[job] = (done, total)
            return (jobs.reduce(0) { $0 + $1.done }, jobs.reduce(0) { $0 + $1.total })
        }
        reporter.update(sums.0, total: sums.1)
    }

    func finish() { reporter.finish() }
}
