import ChatApplication
import ChatDomain
import ChatProjections
import CommandLineTool
import EventLogPostgres
import JSONText
import LogAccess
import PostgresClient

/// `chat-replay explain`.
struct ExplainCommand: ReplayCommand {
    let folds = true
    static let declaration = Command(
        "explain", "list the events that made a row of a read table",
        arguments: [Argument("TABLE"), Argument("KEY", .some)],
        options: [
            .integer("to", "POSITION", help: "up to this position; by default the log's head"),
            ArchiveOption.option, .json,
        ])

    private let kind: any Projection.Type
    private let row: TableRow
    private let limit: Position?
    private let json: Bool

    init(_ invocation: Invocation) throws(UsageError) {
        let (kind, table) = try ReadTableArguments.table(invocation.arguments[0])
        self.kind = kind
        row = TableRow(table, try ReadTableArguments.key(Array(invocation.arguments.dropFirst()), of: table))
        limit = invocation.integer("to").map { Position(Int64($0)) }
        json = invocation.flag("json")
    }

    func run(_ database: LogAccess) async throws -> ExitCode {
        let head = try await database.log.head()
        var end = limit ?? head
        guard end <= head else {
            throw ToolFailure(.failed, "there is no position \(end) yet: the log's head is \(head)")
        }
        var stuck: RebuildFailure?
        var changes: [RowHistory.Change] = []
        do {
            changes = try await self.changes(upTo: end, database)
        } catch RebuildFailure.stuck(let name, let position, let error) {
            stuck = .stuck(name, position, error)
            end = position.advanced(by: -1)
            changes = try await self.changes(upTo: end, database)
        }
        if changes.isEmpty {
            StandardStream.error.write("no event up to position \(end) made such a row of \(row.table.name)\n")
        } else {
            show(changes)
        }
        if let stuck { throw ToolFailure(.failed, "\(stuck)") }
        return changes.isEmpty ? .negative : .success
    }

    private func changes(upTo end: Position, _ database: LogAccess) async throws -> [RowHistory.Change] {
        let connection = try await database.connect()
        let progress = ProgressReporter("explain", unit: "events")
        let histories = try await RowHistory.of([row], kind, upTo: end, database.means(connection)) {
            progress.update($0, total: $1)
        }
        progress.finish()
        await connection.close()
        return histories[row]?.changes ?? []
    }

    private func show(_ changes: [RowHistory.Change]) {
        var table = Table([
            .init("position", isTrailing: true), .init("at"), .init("type"), .init("actor", isTrailing: true),
            .init("what", title: "CHANGES", widest: 120),
        ])
        var before: [ColumnValue]?
        for change in changes {
            table.rows.append(line(change, after: before))
            before = change.row
        }
        let output = StandardStream.output
        output.write(json ? table.jsonLines() : table.text(colour: output.usesColour()))
    }

    /// In JSON `changes` has the columns with their new values, and is null if the row was taken away.
    private func line(_ change: RowHistory.Change, after before: [ColumnValue]?) -> JSONObject {
        var line: JSONObject = [
            "position": .integer(change.position.value),
            "at": .string(ColumnValue.time(change.recordedAt).sqlText ?? ""),
            "type": .string(change.type.rawValue), "actor": change.actor.map { .integer($0.value) } ?? .null,
        ]
        guard let row = change.row else {
            line[json ? "changes" : "what"] = json ? .null : "the row is taken away"
            return line
        }
        var changed = JSONObject()
        for (place, column) in self.row.table.columns.enumerated()
        where !RowOrder.areSame(before?[place], row[place]) && (before != nil || row[place] != .null) {
            changed[column.name] = row[place].json
        }
        if json {
            line["changes"] = .object(changed)
        } else {
            let made = before == nil ? "the row is made: " : ""
            let columns = changed.members.map { "\($0.name)=\($0.value.stringValue ?? $0.value.description)" }
            line["what"] = .string(made + columns.joined(separator: ", "))
        }
        return line
    }
}
