import PostgresClient
import Testing

@Suite struct TransactionTests {
    private struct Refused: Error {}

    @Test func aTransactionThatThrowsLeavesNothing() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE t (n int)")
            await #expect(throws: Refused.self) {
                try await connection.transaction { transaction in
                    _ = try await transaction.query("INSERT INTO t VALUES (1)")
                    throw Refused()
                }
            }
            try await connection.transaction { _ = try await $0.query("INSERT INTO t VALUES (2)") }
            #expect(try await connection.query("SELECT sum(n)::int8 FROM t").int(0, 0) == 2)
        }
    }

    @Test func otherCallersStayOutsideATransaction() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE t (n int)")
            let number = PostgresValue.int4(1)
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await connection.transaction { transaction in
                        for _ in 0..<20 { _ = try await transaction.query("INSERT INTO t VALUES (0)") }
                        throw Refused()
                    }
                }
                for _ in 0..<200 {
                    group.addTask { _ = try await connection.query("INSERT INTO t VALUES ($1)", [number]) }
                }
            }
            #expect(try await connection.query("SELECT count(*) FROM t WHERE n = 1").int(0, 0) == 200)
            #expect(try await connection.query("SELECT count(*) FROM t WHERE n = 0").int(0, 0) == 0)
        }
    }

    @Test func aSwallowedFailureDoesNotPassForACommit() async throws {
        try await withConnection { connection in
            let error = await failure {
                try await connection.transaction { transaction in
                    _ = await failure { _ = try await transaction.query("SELECT 1/0") }
                }
            }
            #expect(error?.sqlState == "25P02")
            #expect(await connection.isIdle)
        }
    }

    @Test func anEndedTransactionTakesNoMoreQueries() async throws {
        try await withConnection { connection in
            let kept = try await connection.transaction { $0 }
            #expect(await failure { _ = try await kept.query("SELECT 1") }?.code == .protocolViolation)
            #expect(try await connection.query("SELECT 1").int(0, 0) == 1)
        }
    }

    @Test func aScriptFailsAsAWhole() async throws {
        try await withConnection { connection in
            let error = await failure { try await connection.execute(script: "CREATE TABLE a (n int); SELECT 1/0") }
            #expect(error?.sqlState == "22012")
            let absent = try await connection.query("SELECT to_regclass('a') IS NULL")
            #expect(absent.bool(0, 0) == true)
        }
    }

    @Test func copiesRunInsideATransaction() async throws {
        try await withConnection { connection in
            let count = try await connection.transaction { transaction in
                try await transaction.execute(script: "CREATE TEMP TABLE t (n int8) ON COMMIT DROP")
                var encoder = PostgresCopyEncoder()
                for number in 0..<10 { encoder.append([.int8(Int64(number))]) }
                var chunks = [encoder.finish()]
                let copied = try await transaction.copyIn("COPY t FROM STDIN (FORMAT binary)") { chunks.popLast() }
                #expect(copied == 10)
                return try await transaction.query("SELECT count(*) FROM t").int(0, 0)
            }
            #expect(count == 10)
        }
    }
}
