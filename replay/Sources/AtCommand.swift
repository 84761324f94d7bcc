import ChatApplication
import ChatDomain
import ChatProjections
import CommandLineTool
import EventLogPostgres
import JSONText
import LogAccess
import PostgresClient

/// `chat-replay at`.
struct AtCommand: ReplayCommand {
    let folds = true
    static let declaration = Command(
        "at", "show the read tables of a projection as they were at a position or a time",
        arguments: [Argument("POSITION|TIME"), Argument("PROJECTION", words: ProjectionArguments.names)],
        options: [
            ArchiveOption.option,
            .text("table", "NAME", help: "this one of its tables only"),
            .text(
                "where", "COLUMN=VALUE", isRepeatable: true,
                help: "only rows that have this value; nothing behind the = is null"),
            .flag("hash", help: "print the hash of all its rows instead of the rows"), .json,
        ])

    private enum Moment {
        case position(Position)
        case time(TimeText)
    }

    private let moment: Moment
    private let kind: any Projection.Type
    private let tables: [TableSpec]
    private let conditions: [(column: String, value: String)]
    private let hash: Bool
    private let json: Bool

    init(_ invocation: Invocation) throws(UsageError) {
        moment = try Self.moment(invocation.arguments[0])
        kind = try ProjectionArguments.projection(invocation.arguments[1])
        hash = invocation.flag("hash")
        json = invocation.flag("json")
        var conditions: [(column: String, value: String)] = []
        for text in invocation.texts("where") {
            guard let pair = ReadTableArguments.pair(text) else { throw UsageError("--where takes COLUMN=VALUE") }
            conditions.append(pair)
        }
        self.conditions = conditions
        tables = try Self.tables(kind, named: invocation.text("table"), conditions)
    }

    private static func moment(_ text: String) throws(UsageError) -> Moment {
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let position = Int64(text) {
            return .position(Position(position))
        }
        guard let time = TimeText(text) else {
            throw UsageError(
                "\(DisplayText.printable(text)) is neither a position nor a time such as 2026-11-20T10:00:00Z")
        }
        return .time(time)
    }

    /// The tables that have all columns asked for; each column must be in one of them, and values must fit.
    private static func tables(
        _ kind: any Projection.Type, named name: String?, _ conditions: [(column: String, value: String)]
    ) throws(UsageError) -> [TableSpec] {
        var tables = kind.tables
        if let name {
            tables = tables.filter { $0.name == name }
            guard !tables.isEmpty else {
                let known = kind.tables.map(\.name).joined(separator: ", ")
                throw UsageError("projection \(kind.name) has the tables \(known)")
            }
        }
        for condition in conditions {
            let having = tables.filter { table in table.columns.contains { $0.name == condition.column } }
            guard !having.isEmpty else {
                let known = tables.map { "\($0.name) (\($0.columns.map(\.name).joined(separator: ", ")))" }
                throw UsageError(
                    "there is no column \(DisplayText.printable(condition.column)) in \(known.joined(separator: ", "))")
            }
            tables = having
            for table in tables {
                let column = table.columns[table.index(of: condition.column)]
                if !condition.value.isEmpty { _ = try ReadTableArguments.value(condition.value, column) }
            }
        }
        return tables
    }

    func run(_ database: LogAccess) async throws -> ExitCode {
        let position = try await position(database.log)
        let connection = try await database.connect()
        let progress = ProgressReporter("at", unit: "events")
        let fold = FoldAside(kind, database.means(connection)) { progress.update($0, total: $1) }
        do {
            try await fold.advance(to: position)
        } catch let failure as RebuildFailure {
            throw ToolFailure(.failed, "\(failure)")
        }
        progress.finish()
        if hash { show(fold.hash, position) } else { for table in tables { show(table, fold.rows(table), position) } }
        await connection.close()
        return .success
    }

    private func position(_ log: PostgresEventLog) async throws -> Position {
        switch moment {
        case .time(let time): return try await log.position(until: time.instants.upperBound)
        case .position(let position):
            let head = try await log.head()
            guard position <= head else {
                throw ToolFailure(.failed, "there is no position \(position) yet: the log's head is \(head)")
            }
            return position
        }
    }

    private func show(_ hash: StateHash, _ position: Position) {
        let object: JSONObject = [
            "projection": .string(kind.name), "position": .integer(position.value), "hash": .string("\(hash)"),
        ]
        StandardStream.output.write(
            json ? JSONValue.object(object).description + "\n" : "\(kind.name) at position \(position): \(hash)\n")
    }

    private func show(_ table: TableSpec, _ rows: [RowKey: [ColumnValue]], _ position: Position) {
        let fitting = RowOrder.sorted(rows.keys).compactMap { rows[$0] }.filter { fits($0, table) }
        if json {
            for piece in stride(from: 0, to: fitting.count, by: Self.piece) {
                let lines = fitting[piece..<min(piece + Self.piece, fitting.count)].map { row in
                    var object: JSONObject = ["table": .string(table.name)]
                    for (column, value) in zip(table.columns, row) { object[column.name] = value.json }
                    return JSONValue.object(object).description + "\n"
                }
                guard StandardStream.output.write(lines.joined()) else { return }
            }
            return
        }
        let output = StandardStream.output
        output.write("\(table.name) at position \(position): \(fitting.count) rows\n")
        let columns = table.columns.map { column in
            Table.Column(column.name, isTrailing: column.type == .bigint || column.type == .integer, widest: 60)
        }
        let lines = fitting.map { row in
            zip(table.columns, row).reduce(into: JSONObject()) { $0[$1.0.name] = $1.1.json }
        }
        output.write(Table(columns, rows: lines).text(colour: output.usesColour()))
    }

    private func fits(_ row: [ColumnValue], _ table: TableSpec) -> Bool {
        conditions.allSatisfy { condition in
            let place = table.index(of: condition.column)
            let value = row[place]
            if condition.value.isEmpty { return value == .null || value == .text("") }
            if case .time(let time) = value { return TimeText(condition.value)?.instants.contains(time) ?? false }
            let wanted = try? ReadTableArguments.value(condition.value, table.columns[place])
            return RowOrder.areSame(value, wanted)
        }
    }

    /// Rows that are written at once.
    private static let piece = 500
}
