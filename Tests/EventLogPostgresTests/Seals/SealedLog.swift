import ChatApplication
import ChatDomain
import ChatTestKit
import EventLogPostgres
import Foundation
import JSONText
import LogProof
import PostgresClient
import Sealing
import Telemetry

/// A log that is sealed, and the superuser who can do everything to it.
struct SealedLog {
    let database: LogDatabase
    let key = SigningKey.random()
    /// For keys and anchors, which are kept elsewhere than the log.
    var folder: String { place.path }
    private let place = TemporaryFolder()

    /// Goes with whoever holds it.
    private final class TemporaryFolder: Sendable {
        let path = NSTemporaryDirectory() + "seals-\(UUID().uuidString)"
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    /// Twelve events, in three seals of four.
    static func with(events: Int = 12, _ body: (SealedLog) async throws -> Void) async throws {
        let log = try await SealedLog(database: LogDatabase.fresh())
        try await log.append(events)
        try await log.seal()
        try await body(log)
        await log.close()
    }

    init(database: LogDatabase) throws {
        self.database = database
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func close() async {
        await database.close()
    }

    /// Events with and without each column that may be null.
    func append(_ count: Int) async throws {
        for number in 1...count {
            let cause = Cause(
                actor: number.isMultiple(of: 2) ? UserID(Int64(number)) : nil,
                session: number.isMultiple(of: 3) ? SessionID("session") : nil,
                device: number.isMultiple(of: 5) ? "laptop" : nil, reference: number.isMultiple(of: 2) ? "k" : nil)
            let touched: [StreamName] = number.isMultiple(of: 3) ? [.account(UserID(9)), .account(UserID(8))] : []
            _ = try await database.log.append(
                AppendCommand(chain: 1, events: [event(.account(UserID(1)), touching: touched)], cause: cause))
        }
    }

    // MARK: sealing

    /// A sealer of this log.
    func sealer(
        _ node: String = "a", key: SigningKey? = nil, eventsInSeal: Int64 = 4,
        every: Duration = .milliseconds(20), metrics: MetricsRegistry = MetricsRegistry()
    ) -> LogSealer {
        var limits = LogSealer.Limits()
        limits.every = every
        limits.catchUpPause = .zero
        limits.campaignEvery = .milliseconds(20)
        limits.events = eventsInSeal
        let pool = PostgresPool(database.conninfo, applicationName: "sealer \(node)", size: 2, on: database.loop)
        return LogSealer(
            executor: database.loop, pool: pool, node: NodeName(node), key: key ?? self.key,
            now: { Int64(Date().timeIntervalSince1970 * 1_000_000) }, limits: limits, metrics: metrics)
    }

    /// Lets a sealer run until everything is sealed.
    func seal(_ node: String = "a", key: SigningKey? = nil, eventsInSeal: Int64 = 4) async throws {
        let sealer = sealer(node, key: key, eventsInSeal: eventsInSeal)
        let running = Task { await sealer.run() }
        try await until("everything is sealed") { try await isSealed() }
        running.cancel()
        await running.value
    }

    func isSealed() async throws -> Bool {
        try await sql("SELECT chat_log.head() = coalesce(max(last_position), 0) FROM chat_log.seals").bool(0, 0)
            ?? false
    }

    func until(_ what: String, _ fact: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(300)
        while try await !fact() {
            guard ContinuousClock.now < deadline else { throw ClientFailure.late(what) }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    // MARK: the superuser

    @discardableResult
    func sql(_ statement: String) async throws -> PostgresResult { try await database.run(statement)[0] }

    /// Statements as somebody who can do everything: no trigger runs.
    func attack(_ statements: String...) async throws {
        let connection = try await LogDatabase.connect(database.conninfo)
        try await connection.execute(
            script: "SET session_replication_role = replica; \(statements.joined(separator: "; "))")
        await connection.close()
    }

    // MARK: the tool

    /// What a run of `chat-audit` said and how it ended.
    func audit(_ arguments: String...) throws -> ProgramRun {
        try ProgramRun("chat-audit", arguments + ["--database", database.conninfo])
    }

    /// The verdict of `verify --json`.
    func verify(_ arguments: String...) throws -> Verdict {
        let run = try ProgramRun("chat-audit", ["verify", "--json"] + arguments + ["--database", database.conninfo])
        guard let line = run.jsonLines.last, let object = try JSONValue.parse(line).objectValue else {
            throw UnexpectedEnd(arguments: arguments, run: run)
        }
        return Verdict(status: run.status, object: object)
    }

    /// Writes a file beside the log; gives its path.
    func file(_ name: String, _ text: String) throws -> String {
        let path = "\(folder)/\(name)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    /// The file of a public key.
    func publicKey(_ key: SigningKey? = nil) throws -> String {
        try file("\(UUID().uuidString).pub", Base64.encode((key ?? self.key).verifyingKey.bytes) + "\n")
    }

    /// Keeps the newest seal; gives the file.
    func anchor() throws -> String {
        let run = try audit("anchor")
        guard run.status == 0 else { throw UnexpectedEnd(arguments: ["anchor"], run: run) }
        return try file("\(UUID().uuidString).json", run.output)
    }

    struct Verdict: CustomStringConvertible {
        var status: Int32
        var object: JSONObject
        var isWhole: Bool { status == 0 && object["ok"] == true && object["firstBad"] == nil }
        var firstBad: Int64? { status == 1 && object["ok"] == false ? object["firstBad"]?.intValue : nil }
        var reason: String { object["reason"]?.stringValue ?? "" }
        var description: String { "\(status) \(JSONValue.object(object))" }
    }
}
