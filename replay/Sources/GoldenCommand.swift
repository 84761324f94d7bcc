import ChatProjections
import CommandLineTool
import EventLogPostgres
import JSONText
import LogAccess
import LogArchive
import PostgresClient

/// `chat-replay golden`.
struct GoldenCommand: ReplayCommand {
    static let directory = "replay/golden"

    static let declaration = Command(
        "golden", "replay recorded logs in a scratch schema, and compare the tables with the recorded ones",
        arguments: [Argument("DIR", .optional)],
        options: [
            .text(
                "record", "NAME",
                help: "record the database's log and its live tables as DIR/NAME, instead of replaying"),
            .flag("update", help: "write the tables anew that the recorded logs give now: read what changed"),
            .json,
        ])

    private let directory: String
    private let recorded: String?
    private let updates: Bool
    private let json: Bool

    init(_ invocation: Invocation) throws(UsageError) {
        directory = invocation.arguments.first ?? Self.directory
        recorded = invocation.text("record")
        updates = invocation.flag("update")
        json = invocation.flag("json")
        if updates, recorded != nil { throw UsageError("--record and --update exclude each other") }
        if let recorded, recorded.isEmpty || recorded.contains("/") || recorded.hasPrefix(".") {
            throw UsageError("--record takes the name of a folder")
        }
    }

    /// A log is replayed in any database.
    var needsSchema: Bool { recorded != nil }

    func run(_ database: LogAccess) async throws -> ExitCode {
        let connection = try await database.connect()
        let code: ExitCode
        if let recorded {
            try await record(recorded, database, connection)
            code = .success
        } else {
            code = try await replay(database, connection)
        }
        await connection.close()
        return code
    }

    // MARK: Replaying

    private func replay(_ database: LogAccess, _ connection: PostgresConnection) async throws -> ExitCode {
        let logs = GoldenLog.all(in: directory)
        guard !logs.isEmpty else {
            throw ToolFailure(.failed, "there is no recorded log in \(DisplayText.printable(directory))")
        }
        let scratch = ScratchFold(connection, environment: database.means(connection).environment)
        var table = Table(Self.columns)
        var failures = 0
        for log in logs {
            var differences: [JSONObject] = []
            do {
                let lines = try await log.lines()
                let replayed = try await scratch.run(lines)
                if updates { try log.replaceTables(replayed) }
                differences = try Self.differences(log, replayed)
                failures += differences.count
                StandardStream.error.write(
                    "\(log.name): \(lines.count) lines replayed, \(differences.count) differences\n")
            } catch let error where !(error is PostgresError) && !(error is CancellationError) {
                failures += 1
                StandardStream.error.write("\(log.name): \(DisplayText.printable("\(error)"))\n")
            }
            if json {
                for row in differences { StandardStream.output.write(JSONValue.object(row).description + "\n") }
            } else {
                table.rows += differences
            }
        }
        if !table.rows.isEmpty {
            StandardStream.output.write(table.text(colour: StandardStream.output.usesColour()))
        }
        return failures == 0 ? .success : .negative
    }

    private static let columns: [Table.Column] = [
        .init("log"), .init("table"), .init("key", widest: 60), .init("column"), .init("recorded", widest: 60),
        .init("replayed", widest: 60),
    ]

    private static func differences(_ log: GoldenLog, _ replayed: [TableRows]) throws -> [JSONObject] {
        var differences: [JSONObject] = []
        for name in log.tableNames() where !replayed.contains(where: { $0.table.name == name }) {
            differences.append(difference(log, name, nil, nil, "recorded", "no such table"))
        }
        for table in replayed {
            guard let recorded = try log.rows(of: table.table.name) else {
                differences.append(difference(log, table.table.name, nil, nil, "no such table", "replayed"))
                continue
            }
            differences += Self.differences(log, table.table, recorded, table.rows)
        }
        return differences
    }

    private static func differences(
        _ log: GoldenLog, _ table: TableSpec, _ recorded: [JSONObject], _ replayed: [[ColumnValue]]
    ) -> [JSONObject] {
        func byKey(_ rows: [JSONObject]) -> [JSONObject: JSONObject] {
            Dictionary(rows.map { (GoldenRow.key(table, $0), $0) }) { first, _ in first }
        }
        let replayed = byKey(replayed.map { GoldenRow.object(table, $0) })
        let known = byKey(recorded)
        var differences: [JSONObject] = []
        for (key, row) in known.sorted(by: { $0.key.names.description < $1.key.names.description }) {
            guard let other = replayed[key] else {
                differences.append(difference(log, table.name, key, nil, "a row", nil))
                continue
            }
            for column in Set(row.names + other.names).sorted() where row[column] != other[column] {
                differences.append(difference(log, table.name, key, column, row[column], other[column]))
            }
        }
        for key in replayed.keys where known[key] == nil {
            differences.append(difference(log, table.name, key, nil, nil, "a row"))
        }
        return differences
    }

    private static func difference(
        _ log: GoldenLog, _ table: String, _ key: JSONObject?, _ column: String?, _ recorded: JSONValue?,
        _ replayed: JSONValue?
    ) -> JSONObject {
        [
            "log": .string(log.name), "table": .string(table), "key": key.map { .object($0) } ?? .null,
            "column": column.map { .string($0) } ?? .null, "recorded": recorded ?? .null, "replayed": replayed ?? .null,
        ]
    }

    // MARK: Recording

    /// How often the live tables are looked at until they stand where the log ends.
    private static let looks = 200

    private func record(_ name: String, _ database: LogAccess, _ connection: PostgresConnection) async throws {
        let log = GoldenLog.named(name, in: directory)
        for _ in 0..<Self.looks {
            let head = try await database.log.head()
            if let live = try await TableRows.live(connection), live.at == head {
                try log.prepare()
                for table in live.tables { try log.write(table) }
                let sink = try ArchiveSink(log.newLogPath)
                let export = LogExport(connection, log: database.log, keys: database.keys)
                let written = try await export.run(to: live.at) { try await sink.write($0) }
                try await sink.finish()
                StandardStream.error.write("recorded \(ArchiveReport.line(written.header, written.end))\n")
                return
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw ToolFailure(.failed, "the log does not come to rest, or no node folds it")
    }
}
