import PostgresClient
import Testing

@Suite struct ValueTests {
    @Test func everyScalarComesBackAsItWasSent() async throws {
        try await withConnection { connection in
            let uuid = PostgresUUID(high: 0x0011_2233_4455_6677, low: 0x8899_AABB_CCDD_EEFF)
            let rows = try await connection.query(
                """
                SELECT $1::bool, $2::int2, $3::int4, $4::int8, $5::text, $6::bytea, $7::uuid, $8::timestamptz,
                       $9::jsonb->>'a', $10::int4, $11::float8, $7::text, $9::json::text
                """,
                [
                    .bool(true), .int2(-2), .int4(.min), .int8(.max), .text("grüß\u{1F600}"), .bytes([0, 255, 7]),
                    .uuid(uuid), .timestamptz(1_700_000_000_123_456), .json(#"{"a": "ü"}"#), .null, .double(-0.5),
                ])
            #expect(rows.bool(0, 0) == true && rows.int(0, 1) == -2 && rows.int(0, 2) == Int64(Int32.min))
            #expect(rows.int(0, 3) == .max && rows.text(0, 4) == "grüß\u{1F600}" && rows.bytes(0, 5) == [0, 255, 7])
            #expect(rows.uuid(0, 6) == uuid && rows.timestamp(0, 7) == 1_700_000_000_123_456)
            #expect(rows.text(0, 8) == "ü" && rows.isNull(0, 9) && rows.double(0, 10) == -0.5)
            #expect(rows.text(0, 11) == "00112233-4455-6677-8899-aabbccddeeff")
            #expect(rows.text(0, 12) == #"{"a": "ü"}"#)
        }
    }

    @Test func theServerSeesTheTimeThatWasMeant() async throws {
        try await withConnection { connection in
            let rows = try await connection.query(
                "SELECT extract(epoch FROM $1::timestamptz)::int8", [.timestamptz(86_400_000_000)])
            #expect(rows.int(0, 0) == 86_400)
        }
    }

    @Test func arraysKeepTheirNulls() async throws {
        try await withConnection { connection in
            let uuid = PostgresUUID(high: 1, low: .max)
            let rows = try await connection.query(
                "SELECT $1::bool[], $2::int2[], $3::int4[], $4::int8[], $5::text[], $6::bytea[], $7::uuid[], $8::timestamptz[]",
                [
                    .boolArray([true, nil, false]), .int2Array([nil, -1]), .int4Array([7]), .int8Array([1, nil, .min]),
                    .textArray(["", nil, "{},\"ß"]), .byteaArray([[], nil, [1, 0]]), .uuidArray([uuid, nil]),
                    .timestamptzArray([nil, 5]),
                ])
            func cells<Cell>(_ column: Int, _ read: (PostgresResult, Int) -> Cell?) throws -> [Cell?] {
                let array = try #require(rows.elements(0, column))
                return (0..<array.rowCount).map { read(array, $0) }
            }
            #expect(try cells(0) { $0.bool($1, 0) } == [true, nil, false])
            #expect(try cells(1) { $0.int($1, 0) } == [nil, -1])
            #expect(try cells(2) { $0.int($1, 0) } == [7])
            #expect(try cells(3) { $0.int($1, 0) } == [1, nil, .min])
            #expect(try cells(4) { $0.text($1, 0) } == ["", nil, "{},\"ß"])
            #expect(try cells(5) { $0.bytes($1, 0) } == [[], nil, [1, 0]])
            #expect(try cells(6) { $0.uuid($1, 0) } == [uuid, nil])
            #expect(try cells(7) { $0.timestamp($1, 0) } == [nil, 5])
        }
    }

    @Test func theServerReadsArraysAsTheyWereMeant() async throws {
        try await withConnection { connection in
            let rows = try await connection.query(
                "SELECT n, t FROM unnest($1::int8[], $2::text[]) AS a(n, t)",
                [.int8Array([3, nil]), .textArray([nil, "x"])])
            #expect(rows.rowCount == 2 && rows.columnCount == 2)
            #expect(rows.int(0, 0) == 3 && rows.isNull(0, 1) && rows.isNull(1, 0) && rows.text(1, 1) == "x")
        }
    }

    @Test func emptyArraysAreEmptyAndNotNull() async throws {
        try await withConnection { connection in
            let empty: [PostgresValue] = [
                .boolArray([]), .int2Array([]), .int4Array([]), .int8Array([]), .textArray([]), .byteaArray([]),
                .uuidArray([]), .timestamptzArray([]),
            ]
            for value in empty {
                let rows = try await connection.query("SELECT cardinality($1), $1", [value])
                #expect(rows.int(0, 0) == 0)
                #expect(rows.elements(0, 1)?.rowCount == 0)
            }
        }
    }

    @Test func aResultOfManyMegabytesArrivesWhole() async throws {
        try await withConnection { connection in
            let rows = try await connection.query(
                "SELECT n, repeat('x', 100) FROM generate_series(1, $1::int4) AS n", [.int4(200_000)])
            #expect(rows.rowCount == 200_000 && rows.affectedRows == 200_000)
            #expect(rows.int(199_999, 0) == 200_000 && rows.text(199_999, 1) == String(repeating: "x", count: 100))
        }
    }

    @Test func aParameterOfManyMegabytesArrivesWhole() async throws {
        try await withConnection { connection in
            let bytes = [UInt8](repeating: 0xA5, count: 20_000_000)
            let rows = try await connection.query("SELECT length($1::bytea), $1::bytea", [.bytes(bytes)])
            #expect(rows.int(0, 0) == 20_000_000)
            #expect(rows.bytes(0, 1) == bytes)
        }
    }

    @Test func aStatementWithoutRowsSaysHowManyItTouched() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE t (n int); INSERT INTO t VALUES (1), (2), (3)")
            let deleted = try await connection.query("DELETE FROM t WHERE n > $1", [.int4(1)])
            #expect(deleted.rowCount == 0 && deleted.affectedRows == 2)
        }
    }
}
