import ChatDomain
import ChatProjections
import CommandLineTool
import EventLogPostgres
import JSONText
import LogAccess
import PostgresClient
import Synchronization

/// `chat-replay rebuild`.
struct RebuildCommand: ReplayCommand {
    let folds = true
    static let declaration = Command(
        "rebuild", "build read tables anew beside the live ones, and swap them in; prints its plan first",
        arguments: [ProjectionArguments.declared],
        options: [
            .flag("dry-run", help: "print the plan only, and change nothing"),
            .integer("jobs", "N", in: 1...16, default: 1, help: "sets of tables copied and indexed at the same time"),
            .integer(
                "throttle", "EVENTS/S", default: 0,
                help: "fold at most so many events a second, all jobs together; 0: as fast as it goes"),
            ArchiveOption.option, .json,
        ])

    private let kinds: [any Projection.Type]
    private let jobs: Int
    private let throttle: Int
    private let isDry: Bool
    private let json: Bool

    init(_ invocation: Invocation) throws(UsageError) {
        kinds = try ProjectionArguments.chosen(invocation)
        jobs = min(invocation.integer("jobs") ?? 1, kinds.count)
        throttle = invocation.integer("throttle") ?? 0
        isDry = invocation.flag("dry-run")
        json = invocation.flag("json")
    }

    func run(_ database: LogAccess) async throws -> ExitCode {
        let connection = try await database.connect()
        let progress = JobProgress("rebuild", jobs: jobs)
        let rebuild = ProjectionRebuild(database.means(connection), pace: Pace(eventsPerSecond: throttle)) {
            progress.update($0, $1, $2)
        }
        do {
            if isDry {
                show(try await rebuild.plan(kinds), on: .output)
            } else {
                let taken = try await rebuild.exclusively {
                    show(try await rebuild.plan(kinds), on: .error)
                    return try await rebuild.run(kinds, helpers: try await helpers(database))
                }
                progress.finish()
                TakeoverReport(taken).write(json: json, verb: "rebuilt")
            }
        } catch let failure as RebuildFailure {
            throw ToolFailure(.failed, "\(failure)")
        }
        await connection.close()
        return .success
    }

    private func helpers(_ database: LogAccess) async throws -> [ProjectionRebuild.Means] {
        var helpers: [ProjectionRebuild.Means] = []
        for _ in 1..<jobs { helpers.append(database.means(try await database.connect())) }
        return helpers
    }

    /// The plan is what a dry run is asked for; ahead of a rebuild it only goes to people.
    private func show(_ plan: RebuildPlan, on stream: StandardStream) {
        let rows = plan.entries.map { Self.row($0, head: plan.head) }
        if json {
            guard isDry else { return }
            let object: JSONObject = [
                "head": .integer(plan.head.value), "events": .integer(Int64(plan.events)),
                "projections": .array(rows.map { .object($0) }),
            ]
            stream.write(JSONValue.object(object).description + "\n")
            return
        }
        let table = Table(
            [
                .init("projection"), .init("versionFrom", title: "VERSION", isTrailing: true),
                .init("versionTo", title: "NEW", isTrailing: true), .init("set", isTrailing: true),
                .init("newSet", title: "NEW", isTrailing: true), .init("rows", isTrailing: true),
                .init("bytes", isTrailing: true), .init("position", isTrailing: true), .init("from", isTrailing: true),
                .init("events", isTrailing: true),
            ], rows: rows)
        let time = throttle > 0 ? ", at least \(plan.events / throttle) s" : ""
        stream.write(
            "head \(plan.head); reads \(plan.events) events\(time)\n" + table.text(colour: stream.usesColour()))
    }

    private static func row(_ entry: RebuildPlan.Entry, head: Position) -> JSONObject {
        [
            "projection": .string(entry.kind.name), "versionFrom": .integer(Int64(entry.versionFrom)),
            "versionTo": .integer(Int64(entry.versionTo)), "set": .integer(Int64(entry.live.number)),
            "newSet": .integer(Int64(entry.number)), "rows": .integer(Int64(entry.rows)),
            "bytes": .integer(Int64(entry.bytes)), "position": .integer(entry.live.position.value),
            "from": .integer(entry.from.value), "events": .integer(head.value - entry.from.value),
            "takenUp": .bool(entry.isTakenUp), "kept": .array(entry.kept.map { .integer(Int64($0)) }),
            "leftovers": .array(entry.leftovers.map { .integer(Int64($0)) }),
        ]
    }
}

/// The progress of several jobs as one figure.
final class JobProgress: Sendable {
    private let reporter: ProgressReporter
    private let jobs: Mutex<[(done: Int, total: Int)]>

    init(_ label: String, jobs count: Int) {
        reporter = ProgressReporter(label, unit: "events")
        jobs = Mutex(Array(repeating: (0, 0), count: count))
    }

    func update(_ job: Int, _ done: Int, _ total: Int) {
        let sums = jobs.withLock { jobs in
            jobs[job] = (done, total)
            return (jobs.reduce(0) { $0 + $1.done }, jobs.reduce(0) { $0 + $1.total })
        }
        reporter.update(sums.0, total: sums.1)
    }

    func finish() { reporter.finish() }
}
