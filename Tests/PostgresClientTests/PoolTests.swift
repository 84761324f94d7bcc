import ChatTestKit
import PostgresClient
import Reactor
import Testing

@Suite struct PoolTests {
    @Test func aPoolNeverOpensMoreThanItsSize() async throws {
        try await withDatabase { conninfo, loop in
            let pool = PostgresPool(conninfo, applicationName: "sized", size: 3, on: loop, waitLimit: .seconds(120))
            let processes = try await withThrowingTaskGroup(of: Int32.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await pool.withConnection { connection in
                            _ = try await connection.query("SELECT 1")
                            return await connection.serverProcess
                        }
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(processes.count <= 3)
            await pool.close()
        }
    }

    @Test func theHookPreparesEachConnection() async throws {
        try await withDatabase { conninfo, loop in
            let pool = PostgresPool(conninfo, applicationName: "hook", size: 1, on: loop) {
                _ = try await $0.query("SET application_name = 'prepared'")
            }
            let name = try await pool.withConnection { try await $0.query("SHOW application_name").text(0, 0) }
            #expect(name == "prepared")
            await pool.close()
        }
    }

    @Test func aConnectionWithAnOpenTransactionIsReplaced() async throws {
        try await withDatabase { conninfo, loop in
            let pool = PostgresPool(conninfo, applicationName: "dirty", size: 1, on: loop)
            let first = try await pool.withConnection { connection in
                _ = try await connection.query("BEGIN")
                return await connection.serverProcess
            }
            #expect(try await pool.withConnection { await $0.serverProcess } != first)
            await pool.close()
        }
    }

    @Test func aCallerDoesNotWaitForEver() async throws {
        try await withLoop { loop in
            let pool = PostgresPool(
                "host=/nowhere", applicationName: "none", size: 1, on: loop, waitLimit: .milliseconds(100))
            let error = await failure { try await pool.withConnection { _ in } }
            #expect(error?.code == .timedOut)
            #expect(error?.message.contains("/nowhere") == true)
            await pool.close()
        }
    }

    @Test func aCancelledCallerLeavesTheQueue() async throws {
        try await withDatabase { conninfo, loop in
            let pool = PostgresPool(conninfo, applicationName: "cancel", size: 1, on: loop, waitLimit: .seconds(60))
            try await pool.withConnection { _ in
                let second = Task { await failure { try await pool.withConnection { _ in } } }
                second.cancel()
                #expect(await second.value?.code == .cancelled)
            }
            try await pool.withConnection { _ = try await $0.query("SELECT 1") }
            await pool.close()
        }
    }

    @Test func thePoolRecoversFromARestartOfTheServer() async throws {
        let cluster = try PrivatePostgres()
        try await withLoop { loop in
            let pool = PostgresPool(
                cluster.conninfo(), applicationName: "restart", size: 2, on: loop, waitLimit: .seconds(60))
            _ = try await pool.withConnection { try await $0.query("SELECT 1") }
            cluster.stop()
            let waiting = Task { try await pool.withConnection { try await $0.query("SELECT 2").int(0, 0) } }
            try cluster.start()
            // The first may still have been lent the broken connection; whoever comes now may not.
            let first = await failure { _ = try await waiting.value }
            #expect(first == nil || first?.code == .connectionLost)
            #expect(try await pool.withConnection { try await $0.query("SELECT 3").int(0, 0) } == 3)
            await pool.close()
            #expect(await failure { try await pool.withConnection { _ in } }?.code == .closed)
        }
    }
}
