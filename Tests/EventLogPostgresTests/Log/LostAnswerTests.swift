import ChatApplication
import ChatDomain
import ChatTestKit
import PostgresClient
import Reactor
import Synchronization
import Testing

@testable import EventLogPostgres

@Suite("A lost answer")
struct LostAnswerTests {
    private let node = NodeName("a")

    private func batch(_ number: Int64, _ commands: AppendCommand...) -> AppendBatch {
        AppendBatch(origin: BatchOrigin(node: node, term: 1, number: number), commands: commands)
    }

    private func join(_ log: PostgresEventLog) async throws {
        _ = try await log.append(AppendCommand(chain: 1, events: [event(.node(node), type: "NodeJoined")]))
    }

    private func key(_ digest: UInt8) -> IdempotencyKey {
        IdempotencyKey(
            digest: Array(repeating: digest, count: 16), parameters: Array(repeating: 0, count: 16), remember: true,
            result: [digest])
    }

    @Test func theAnswerToACommittedBatchIsBuiltAnew() async throws {
        let database = try await LogDatabase.fresh()
        try await join(database.log)
        let a = StreamName.account(UserID(1))
        _ = try await database.log.append(batch(1, AppendCommand(chain: 1, key: key(1), events: [event(a), event(a)])))
        let second = batch(
            2, AppendCommand(chain: 1, key: key(1), events: [event(a)]),
            AppendCommand(chain: 2, events: [event(a), event(.node(NodeName("b")))]),
            AppendCommand(chain: 3, guards: [Guard(a, 0)], events: [event(a)]), AppendCommand(chain: 3),
            AppendCommand(chain: 4), AppendCommand(chain: 5, events: [event(a)]))
        let first = try await database.log.append(second)
        let again = try await LostAnswer(log: database.log, batch: second).recover()
        #expect(first.map(\.name) == ["duplicate", "appended", "conflict", "chained", "appended", "appended"])
        #expect(again.map(\.name) == first.map(\.name))
        #expect(again.map { $0.receipt?.position } == first.map { $0.receipt?.position })
        #expect(again.map { $0.receipt?.version } == first.map { $0.receipt?.version })
        #expect(again.map { $0.receipt?.recordedAt } == first.map { $0.receipt?.recordedAt })
        #expect(again.map { $0.receipt?.result } == first.map { $0.receipt?.result })
        await database.close()
    }

    @Test func aBatchThatNeverArrivedIsFencedOff() async throws {
        let database = try await LogDatabase.fresh()
        try await join(database.log)
        let late = batch(1, AppendCommand(chain: 1, events: [event(.account(UserID(1)))]))
        await #expect(throws: EventLogError.unavailable("the answer was lost, and nothing was stored")) {
            try await LostAnswer(log: database.log, batch: late).recover()
        }
        await #expect(throws: EventLogError.staleBatch) { try await database.log.append(late) }
        #expect(try await database.log.head() == Position(1))
        await database.close()
    }

    @Test func aConnectionKilledWhileItWaitsForTheLockLeavesACertainNo() async throws {
        let database = try await LogDatabase.fresh()
        let log = database.log
        try await join(log)
        let late = batch(1, AppendCommand(chain: 1, events: [event(.account(UserID(1)))]))
        let holder = try await LogDatabase.connect(database.conninfo)
        let killer = try await LogDatabase.connect(database.conninfo)
        try await holder.transaction { transaction in
            _ = try await transaction.query("SELECT chat_log.lock_appends()")
            let appending = Task { try await log.append(late) }
            try await killer.killTheAppendThatWaits(for: "Lock")
            _ = try await transaction.query("COMMIT")
            _ = try await transaction.query("BEGIN")
            await #expect(throws: EventLogError.unavailable("the answer was lost, and nothing was stored")) {
                try await appending.value
            }
        }
        #expect(try await log.head() == Position(1))
        let next = try await log.append(batch(2, AppendCommand(chain: 1, events: [event(.account(UserID(1)))])))
        #expect(next.first?.receipt?.position == Position(2))
        await holder.close()
        await killer.close()
        await database.close()
    }

    @Test func aConnectionKilledBehindItsCommitLeavesACertainYes() async throws {
        // A standby that does not exist keeps a commit waiting behind the point where it is durable.
        let server = try PrivatePostgres()
        let conninfo = try server.freshDatabase()
        try await LogDatabase.migrate(conninfo)
        let database = LogDatabase(conninfo: conninfo)
        let log = database.log
        try await join(log)
        let killer = try await LogDatabase.connect(conninfo)
        _ = try await killer.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        _ = try await killer.query("SELECT pg_reload_conf()")
        // The server begins to wait some time after the reload; appends until then are answered, and prove nothing.
        let isOver = Mutex(false)
        // However this ends, the appends do too.
        defer { isOver.withLock { $0 = true } }
        async let appending = appendUntil(log) { isOver.withLock { $0 } }
        try await killer.killTheAppendThatWaits(for: "IPC")
        _ = try await killer.query("ALTER SYSTEM RESET synchronous_standby_names")
        _ = try await killer.query("SELECT pg_reload_conf()")
        isOver.withLock { $0 = true }
        for (number, outcome) in try await appending.enumerated() {
            #expect(outcome.name == "appended")
            #expect(outcome.receipt?.position == Position(Int64(number + 2)))
            #expect(outcome.receipt?.version == Int64(number + 1))
        }
        await killer.close()
        await database.close()
        server.stop()
    }

    private func appendUntil(
        _ log: PostgresEventLog, _ isOver: @Sendable () -> Bool
    ) async throws -> [AppendOutcome] {
        var outcomes: [AppendOutcome] = []
        repeat {
            let number = Int64(outcomes.count + 1)
            let command = AppendCommand(chain: 1, events: [event(.account(UserID(1)))])
            outcomes += try await log.append(batch(number, command))
        } while !isOver()
        return outcomes
    }
}

extension PostgresConnection {
    /// Looks until a backend of the appends waits for this type of event, and ends it.
    fileprivate func killTheAppendThatWaits(for type: String) async throws {
        try await waitUntil("an append waits for \(type)") {
            let rows = try await query(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE application_name = 'append' AND datname = current_database() AND wait_event_type = $1
                    AND query LIKE '%chat_log.append%'
                """, [.text(type)])
            return rows.int(0, 0) == 1
        }
    }
}
