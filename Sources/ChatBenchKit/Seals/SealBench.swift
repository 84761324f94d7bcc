import ChatDomain
import CommandLineTool
import EventLogPostgres
import Foundation
import JSONText
import PostgresClient
import Reactor
import Sealing
import Telemetry

/// `chat-bench seal`: what sealing a log and proving it take.
struct SealBench: Sendable {
    static let command = Command(
        "seal", "seal the log of a database that no node seals, then let chat-audit verify it, and measure both",
        options: [
            .text(
                "database", "URL", environment: "CHAT_DATABASE",
                help: "a libpq URI or keyword string, of a log that chat-bench replay made"),
            .integer(
                "rate", "EVENTS/S", in: 1...65_536, default: 20_000,
                help: "events of one seal, as if so many came a second: the share of a processor is told for it"),
            .text("chat-audit", "PATH", help: "the program (default: the one beside this program)"), .json,
        ])

    private let database: String
    private let rate: Int
    private let program: String
    private let asJSON: Bool

    init(_ invocation: Invocation) throws(UsageError) {
        database = try invocation.required("database")
        rate = invocation.integer("rate") ?? 1
        program = invocation.text("chat-audit") ?? ReplayOptions.beside("chat-audit")
        asJSON = invocation.flag("json")
    }

    func run() async throws -> ExitCode {
        let folder = NSTemporaryDirectory() + "chat-bench-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let key = SigningKey.random()
        try Base64.encode(key.verifyingKey.bytes).write(toFile: "\(folder)/key", atomically: true, encoding: .utf8)
        let loop = EventLoop(name: "seal")
        let sealed = try await Task(executorPreference: loop) { try await seal(key, on: loop) }.value
        let proved = try await ReplayRun.carryOut(
            "verify", program, ["verify", "--public-key", "\(folder)/key"], database: database,
            events: sealed.events, postgres: sealed.postgres)
        let runs = [
            Figures(
                what: "seal", events: sealed.events, seconds: sealed.seconds, own: sealed.own,
                postgres: sealed.postgresSeconds, rate: rate),
            Figures(
                what: "verify", events: proved.events, seconds: proved.seconds, own: proved.ownSeconds,
                postgres: proved.postgresSeconds, rate: nil),
        ]
        let table = Table(Figures.columns, rows: runs.map(\.row))
        StandardStream.output.write(asJSON ? table.jsonLines() : table.text(colour: StandardStream.output.usesColour()))
        return .success
    }

    private struct Sealed {
        var events: Int
        var seconds: Double
        var own: Double
        var postgres: Int?
        var postgresSeconds: Double?
    }

    /// Lets a sealer run until nothing is left, one seal behind the other.
    private func seal(_ key: SigningKey, on loop: EventLoop) async throws -> Sealed {
        let pool = PostgresPool(database, applicationName: "chat-bench", size: 3, on: loop)
        let found = try await pool.withConnection {
            try await $0.query(
                "select chat_log.head(), coalesce(max(last_position), 0), pg_backend_pid() from chat_log.seals")
        }
        let (head, before) = (found.int(0, 0) ?? 0, found.int(0, 1) ?? 0)
        guard head > before else { throw ToolFailure(.failed, "there is nothing to seal: the log ends at \(head)") }
        let server = found.int(0, 2).flatMap { ProcessTimes.server(ofBackend: Int($0)) }
        let metrics = MetricsRegistry()
        let position = metrics.gauge("parley_seal_position", help: "")
        var limits = LogSealer.Limits()
        limits.events = Int64(rate)
        limits.catchUpPause = .zero
        let sealer = LogSealer(
            executor: loop, pool: pool, node: NodeName("chat-bench"), key: key,
            now: { Int64(Date().timeIntervalSince1970 * 1_000_000) }, limits: limits, metrics: metrics)
        let own = Int(ProcessInfo.processInfo.processIdentifier)
        let start = (ProcessTimes.seconds(of: own) ?? 0, server.map { ProcessTimes().seconds(of: $0) })
        let begun = ContinuousClock.now
        let work = Task(executorPreference: loop) { await sealer.run() }
        let progress = ProgressReporter("seal", unit: "events", total: Int(head - before))
        while position.value < Double(head) {
            try await Task.sleep(for: .milliseconds(20))
            progress.update(max(0, Int(position.value) - Int(before)))
        }
        let seconds = begun.duration(to: .now) / .seconds(1)
        work.cancel()
        await work.value
        progress.finish()
        let end = (ProcessTimes.seconds(of: own) ?? 0, server.map { ProcessTimes().seconds(of: $0) })
        await pool.close()
        return Sealed(
            events: Int(head - before), seconds: seconds, own: end.0 - start.0, postgres: server,
            postgresSeconds: end.1.flatMap { end in start.1.map { end - $0 } })
    }

    /// What a run took.
    private struct Figures {
        var what: String
        var events: Int
        var seconds: Double
        var own: Double
        var postgres: Double?
        /// Events a second for which the share of a processor is told.
        var rate: Int?

        static let columns: [Table.Column] = [
            .init("what"), .init("events", isTrailing: true), .init("seconds", isTrailing: true),
            .init("eventsPerSecond", title: "EVENTS/S", isTrailing: true),
            .init("programSeconds", title: "PROGRAM CPU S", isTrailing: true),
            .init("postgresSeconds", title: "POSTGRES CPU S", isTrailing: true),
            .init("microseconds", title: "CPU µS/EVENT", isTrailing: true),
            .init("core", title: "SHARE OF A CORE", isTrailing: true),
        ]

        var row: JSONObject {
            let cpu = own + (postgres ?? 0)
            var row: JSONObject = [
                "what": .string(what), "events": .integer(Int64(events)), "seconds": rounded(seconds),
                "eventsPerSecond": rounded(Double(events) / max(seconds, 0.001)), "programSeconds": rounded(own),
                "microseconds": rounded(cpu * 1e6 / Double(events)),
            ]
            if let postgres { row["postgresSeconds"] = rounded(postgres) }
            if let rate { row["core"] = rounded(cpu / Double(events) * Double(rate)) }
            return row
        }
    }
}
