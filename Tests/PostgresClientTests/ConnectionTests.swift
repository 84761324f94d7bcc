import ChatTestKit
import PostgresClient
import Reactor
import Testing

@Suite struct ConnectionTests {
    @Test func queriesThatAreInFlightTogetherGetTheirOwnAnswers() async throws {
        try await withConnection { connection in
            let answers = try await withThrowingTaskGroup(of: (Int, Int64?).self) { group in
                for number in 0..<500 {
                    group.addTask {
                        let rows = try await connection.query("SELECT $1::int8 * 2", [.int8(Int64(number))])
                        return (number, rows.int(0, 0))
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            #expect(answers.count == 500)
            #expect(answers.allSatisfy { $0.value == Int64($0.key) * 2 })
        }
    }

    @Test func aQueryIsSentBeforeTheOneAheadIsAnswered() async throws {
        try await withDatabase { conninfo, loop in
            let connection = try await connect(conninfo, loop)
            let other = try await connect(conninfo, loop)
            _ = try await other.query("SELECT pg_advisory_lock(1)")
            async let blocked = connection.query("SELECT pg_advisory_lock(1)")
            async let behind = connection.query("SELECT 'behind'")
            // The lock is what the first one waits for; it goes on only when it is released.
            let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
            try await waitUntil("the first one waits") { try await other.query(waiting).int(0, 0) ?? 0 > 0 }
            _ = try await other.query("SELECT pg_advisory_unlock(1)")
            _ = try await blocked
            #expect(try await behind.text(0, 0) == "behind")
        }
    }

    @Test func aFailureLeavesItsNeighboursAlone() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE t (n int CONSTRAINT positive CHECK (n > 0))")
            let states = await withTaskGroup(of: (Int, String?).self) { group in
                for number in 0..<60 {
                    group.addTask {
                        let value = PostgresValue.int4(number % 3 == 0 ? -1 : 1)
                        let error = await failure {
                            _ = try await connection.query("INSERT INTO t VALUES ($1)", [value])
                        }
                        return (number, error.map { "\($0.sqlState ?? "") \($0.constraint ?? "")" })
                    }
                }
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            #expect(states.count == 20 && states.values.allSatisfy { $0 == "23514 positive" })
            #expect(try await connection.query("SELECT count(*) FROM t").int(0, 0) == 40)
        }
    }

    @Test func aStatementIsPreparedOnceAndKept() async throws {
        try await withConnection { connection in
            for number in Int64(0)..<3 { _ = try await connection.query("SELECT $1::int8 + 41", [.int8(number)]) }
            let uses = try await connection.query(
                "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement LIKE '%+ 41'")
            #expect(uses.rowCount == 1 && uses.int(0, 0) == 3)
        }
    }

    @Test func theStatementCacheIsBounded() async throws {
        try await withConnection { connection in
            for number in 0..<(PostgresLimits.preparedStatements + 50) {
                #expect(try await connection.query("SELECT \(number)").int(0, 0) == Int64(number))
            }
            let kept = try await connection.query("SELECT count(*) FROM pg_prepared_statements").int(0, 0) ?? 0
            // One more for the moment: the old one is deallocated behind the new one.
            #expect(kept > 200 && kept <= Int64(PostgresLimits.preparedStatements) + 1)
        }
    }

    @Test func aStatementThatCouldNotBePreparedCanBeTriedAgain() async throws {
        try await withConnection { connection in
            for _ in 0..<2 {
                let error = await failure { _ = try await connection.query("SELECT * FROM later") }
                #expect(error?.sqlState == "42P01")
            }
            try await connection.execute(script: "CREATE TABLE later (n int)")
            #expect(try await connection.query("SELECT * FROM later").columnCount == 1)
            // A change of the result's type voids the plan: one failure, then it is prepared anew.
            try await connection.execute(script: "ALTER TABLE later ADD m int")
            let error = await failure { _ = try await connection.query("SELECT * FROM later") }
            #expect(error?.sqlState == "0A000")
            #expect(try await connection.query("SELECT * FROM later").columnCount == 2)
        }
    }

    @Test func everyWaiterLearnsThatTheConnectionIsLost() async throws {
        try await withDatabase { conninfo, loop in
            let connection = try await connect(conninfo, loop)
            let other = try await connect(conninfo, loop)
            let told = Flag()
            await connection.onLost { _ in told.raise() }
            _ = try await other.query("SELECT pg_advisory_lock(2)")
            let codes = try await withThrowingTaskGroup(of: PostgresError.Code?.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        await failure { _ = try await connection.query("SELECT pg_advisory_lock(2)") }?.code
                    }
                }
                let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
                try await waitUntil("the first one waits") { try await other.query(waiting).int(0, 0) ?? 0 > 0 }
                let process = await connection.serverProcess
                _ = try await other.query("SELECT pg_terminate_backend($1)", [.int4(process)])
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.count == 100 && codes.allSatisfy { $0 == .connectionLost })
            #expect(told.count == 1)
            #expect(await !connection.isOpen)
            #expect(await failure { _ = try await connection.query("SELECT 1") }?.code == .connectionLost)
        }
    }

    @Test func anIdleConnectionThatBreaksIsReported() async throws {
        try await withDatabase { conninfo, loop in
            let connection = try await connect(conninfo, loop)
            let other = try await connect(conninfo, loop)
            let process = await connection.serverProcess
            let error = await withCheckedContinuation { continuation in
                Task {
                    await connection.onLost { continuation.resume(returning: $0) }
                    _ = try await other.query("SELECT pg_terminate_backend($1)", [.int4(process)])
                }
            }
            #expect(error.code == .connectionLost)
        }
    }

    @Test func aQueryGivesUpWhenItsTimeIsOut() async throws {
        try await withConnection { connection in
            let error = await failure {
                _ = try await connection.query("SELECT pg_sleep(0.3)", [], timeout: .milliseconds(20))
            }
            #expect(error?.code == .timedOut)
            // Its answer is dropped, and the next one is not mistaken for it.
            let next = try await connection.query("SELECT 7")
            #expect(next.int(0, 0) == 7)
        }
    }

    @Test func aCancelledTaskStopsWaiting() async throws {
        try await withConnection { connection in
            let task = Task { await failure { _ = try await connection.query("SELECT pg_sleep(0.3)") } }
            task.cancel()
            #expect(await task.value?.code == .cancelled)
            let next = try await connection.query("SELECT 8")
            #expect(next.int(0, 0) == 8)
        }
    }

    @Test func closingResumesWhoWaits() async throws {
        try await withConnection { connection in
            async let waiting = failure { _ = try await connection.query("SELECT pg_sleep(100)") }
            try await waitUntil("the query is under way") { await !connection.isIdle }
            await connection.close()
            #expect(await waiting?.code == .closed)
        }
    }

    @Test func aForgottenConnectionIsClosed() async throws {
        try await withDatabase { conninfo, loop in
            let other = try await connect(conninfo, loop)
            var connection: PostgresConnection? = try await connect(conninfo, loop)
            let process = await connection?.serverProcess ?? 0
            #expect(process != 0)
            connection = nil
            let alive = "SELECT count(*) FROM pg_stat_activity WHERE pid = $1"
            try await waitUntil("the server has noticed") {
                try await other.query(alive, [.int4(process)]).int(0, 0) == 0
            }
        }
    }

    @Test func aFailedConnectTellsNoPassword() async throws {
        try await withLoop { loop in
            for conninfo in ["host=/nowhere password=hunter2", "hunter2 is no conninfo", "postgres://a:hunter2@/%zz"] {
                let error = await failure { _ = try await connect(conninfo, loop) }
                #expect(error?.code == .connectionFailed)
                #expect(error.map { !"\($0)".contains("hunter2") } == true)
            }
        }
    }

    @Test func theSecondHostServesWhenTheFirstDoesNot() async throws {
        let cluster = try PrivatePostgres.shared()
        try await withLoop { loop in
            let connection = try await connect(
                "host=/nowhere,\(cluster.socketFolder) user=postgres target_session_attrs=read-write", loop)
            #expect(try await connection.query("SELECT 1").int(0, 0) == 1)
            await connection.close()
        }
    }

    @Test func aDataExceptionDoesNotQuoteTheValueInItsDescription() async throws {
        try await withConnection { connection in
            let error = await failure { _ = try await connection.query("SELECT $1::text::int4", [.text("secret")]) }
            #expect(error?.sqlState == "22P02")
            #expect(error.map { !"\($0)".contains("secret") } == true)
        }
    }

    @Test func notificationsReachTheListener() async throws {
        try await withDatabase { conninfo, loop in
            let connection = try await connect(conninfo, loop)
            let other = try await connect(conninfo, loop)
            _ = try await connection.query("LISTEN news")
            let heard = await withCheckedContinuation { continuation in
                Task {
                    await connection.onNotification { continuation.resume(returning: "\($0) \($1)") }
                    _ = try await other.query("SELECT pg_notify('news', 'today')")
                }
            }
            #expect(heard == "news today")
        }
    }
}

/// Counts from any thread.
final class Flag: Sendable {
    private let raised = Lock(0)
    var count: Int { raised.withLock { $0 } }
    func raise() { raised.withLock { $0 += 1 } }
}
