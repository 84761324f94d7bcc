import PostgresClient
import Testing

@Suite struct CopyTests {
    private struct Refused: Error {}

    @Test func aHundredThousandRowsGoInAndComeOut() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE t (n int8, t text, b bytea)")
            let copied = try await copyIn(100_000, into: "t", of: connection)
            #expect(copied == 100_000)
            var next: Int64 = 0
            var sound = true
            let rows = try await connection.copyOut("COPY (SELECT * FROM t ORDER BY n) TO STDOUT (FORMAT binary)") {
                part in
                for row in 0..<part.rowCount {
                    sound = sound && part.int(row, 0) == next && part.text(row, 1) == "row \(next)"
                    sound = sound && part.bytes(row, 2) == (next % 7 == 0 ? nil : [UInt8(truncatingIfNeeded: next)])
                    next += 1
                }
            }
            #expect(rows == 100_000 && next == 100_000 && sound)
            #expect(try await connection.query("SELECT count(*) FROM t").int(0, 0) == 100_000)
        }
    }

    @Test func queriesGoOnAroundCopies() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE t (n int8, t text, b bytea)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let rows = try await connection.query("SELECT $1::int8", [.int8(Int64(number))])
                        #expect(rows.int(0, 0) == Int64(number))
                    }
                    if number % 20 == 0 {
                        group.addTask { _ = try await copyIn(1000, into: "t", of: connection) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await connection.query("SELECT count(*) FROM t").int(0, 0) == 5000)
        }
    }

    @Test func aCopyWhoseSourceFailsIsUndone() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE t (n int8)")
            await #expect(throws: Refused.self) {
                _ = try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") { throw Refused() }
            }
            #expect(try await connection.query("SELECT count(*) FROM t").int(0, 0) == 0)
        }
    }

    @Test func aCopyThatTheServerRefusesSaysWhy() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE t (n int8 CHECK (n < 5))")
            let missing = await failure { _ = try await connection.copyIn("COPY nothing FROM STDIN") { nil } }
            #expect(missing?.sqlState == "42P01")
            var encoder = PostgresCopyEncoder()
            var sent = 0
            let refused = await failure {
                _ = try await connection.copyIn("COPY t FROM STDIN (FORMAT binary)") {
                    guard sent < 200 else { return nil }
                    sent += 1
                    for number in 0..<1000 { encoder.append([.int8(Int64(number))]) }
                    return encoder.take()
                }
            }
            #expect(refused?.sqlState == "23514")
            #expect(try await connection.query("SELECT 1").int(0, 0) == 1)
        }
    }

    @Test func aReaderThatGivesUpClosesTheConnection() async throws {
        try await withConnection { connection in
            await #expect(throws: Refused.self) {
                _ = try await connection.copyOut(
                    "COPY (SELECT generate_series(1, 10000000)) TO STDOUT (FORMAT binary)"
                ) { _ in throw Refused() }
            }
            #expect(await !connection.isOpen)
        }
    }

    private func copyIn(_ count: Int, into table: String, of connection: PostgresConnection) async throws -> Int {
        var encoder = PostgresCopyEncoder()
        var next = 0
        var ended = false
        return try await connection.copyIn("COPY \(table) FROM STDIN (FORMAT binary)") {
            while next < count && encoder.byteCount < 65_536 {
                let bytes = PostgresValue.bytes([UInt8(truncatingIfNeeded: next)])
                encoder.append([.int8(Int64(next)), .text("row \(next)"), next % 7 == 0 ? .null : bytes])
                next += 1
            }
            if next < count { return encoder.take() }
            defer { ended = true }
            return ended ? nil : encoder.finish()
        }
    }
}
