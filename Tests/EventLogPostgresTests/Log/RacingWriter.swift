import ChatApplication
import ChatDomain
import ChatTestKit
import PostgresClient
import Reactor

@testable import EventLogPostgres

/// A writer that appends random batches, some in transactions that it rolls back or commits late.
struct RacingWriter {
    let number: Int
    let conninfo: String
    let tail: PostgresLogTail
    private let log: PostgresEventLog
    private let raw: PostgresPool
    private var random: SplitMix64
    private var serial = 0
    private var batchNumber: Int64 = 0
    private var committed: Set<String> = []

    init(number: Int, conninfo: String, tail: PostgresLogTail, seed: UInt64) {
        self.number = number
        self.conninfo = conninfo
        self.tail = tail
        log = LogDatabase.makeLog(conninfo)
        raw = PostgresPool(
            conninfo, applicationName: "raw", size: 1, on: LogDatabase.loop, waitLimit: .seconds(60),
            connectTimeout: .seconds(60))
        random = SplitMix64(seed: seed)
    }

    private var node: NodeName { NodeName("w\(number)") }

    /// To be called before anyone kills connections: a tool cannot learn what became of a lost append.
    mutating func join() async throws {
        let joined = EncodedEvent(stream: .node(node), type: "NodeJoined", payload: Array("join-\(number)".utf8))
        _ = try await log.append(AppendCommand(chain: 1, events: [joined]))
        committed.insert("join-\(number)")
    }

    /// Appends until this many events are committed; returns all that are.
    mutating func run(until target: Int) async throws -> Set<String> {
        while committed.count < target {
            let commands = (0..<Int.random(in: 1...150, using: &random)).map { _ in command() }
            switch Int.random(in: 0..<12, using: &random) {
            case 0: try await appendInTransaction(commands, commit: false)
            case 1: try await appendInTransaction(commands, commit: true)
            default: try await append(commands)
            }
            if Int.random(in: 0..<4, using: &random) == 0 { await pause() }
        }
        await log.close()
        await raw.close()
        return committed
    }

    private mutating func append(_ commands: [AppendCommand]) async throws {
        batchNumber += 1
        let origin = BatchOrigin(node: node, term: 1, number: batchNumber)
        do throws(EventLogError) {
            note(commands, try await log.append(AppendBatch(origin: origin, commands: commands)))
        } catch {
            // Certain that nothing was stored; anything else fails the test.
            guard case .unavailable = error else { throw error }
        }
    }

    private struct RolledBack: Error {}

    private mutating func appendInTransaction(_ commands: [AppendCommand], commit: Bool) async throws {
        let batch = AppendBatch(origin: nil, commands: commands)
        let delay = Duration.microseconds(Int.random(in: 0...3_000, using: &random))
        do {
            let rows = try await raw.transaction { transaction in
                let rows = try await transaction.query(AppendArguments.sql, AppendArguments(batch).parameters)
                await LogDatabase.loop.sleep(for: delay)
                if !commit { throw RolledBack() }
                return rows
            }
            note(commands, try AppendAnswer.outcomes(rows, of: batch))
        } catch is RolledBack {}
    }

    private mutating func note(_ commands: [AppendCommand], _ outcomes: [AppendOutcome]) {
        for (command, outcome) in zip(commands, outcomes) {
            guard case .appended = outcome else { continue }
            committed.formUnion(command.events.map { String(decoding: $0.payload, as: UTF8.self) })
        }
    }

    private mutating func command() -> AppendCommand {
        let own = StreamName("account:\(number)")
        let fails = Int.random(in: 0..<20, using: &random) == 0
        return AppendCommand(
            chain: Int.random(in: 1...8, using: &random), guards: fails ? [Guard(own, -1)] : [],
            events: (0..<Int.random(in: 1...3, using: &random)).map { _ in
                serial += 1
                let stream = Bool.random(using: &random) ? own : StreamName("messages:group:7")
                return EncodedEvent(stream: stream, type: "T", payload: Array("\(number)-\(serial)".utf8))
            })
    }

    private mutating func pause() async {
        await LogDatabase.loop.sleep(for: .microseconds(Int.random(in: 0...3_000, using: &random)))
    }
}
