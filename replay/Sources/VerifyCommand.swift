import ChatDomain
import ChatProjections
import CommandLineTool
import EventLogPostgres
import JSONText
import PostgresClient

/// `chat-replay verify`.
struct VerifyCommand: ReplayCommand {
    static let declaration = Command(
        "verify", "fold the log aside and compare it with the live tables, row by row",
        arguments: [Argument("PROJECTION", .any)],
        options: [
            .integer(
                "to", "POSITION", in: 0...Int.max,
                help: "leave out rows that events after this position have changed"),
            .json,
        ])

    private let kinds: [any Projection.Type]
    private let limit: Position?
    private let json: Bool

    init(_ invocation: Invocation) throws(UsageError) {
        kinds = try ProjectionArguments.chosen(invocation)
        limit = invocation.integer("to").map { Position(Int64($0)) }
        json = invocation.flag("json")
    }

    func run(_ database: Database) async throws -> ExitCode {
        let connection = try await database.connect()
        var table = Table(Self.columns)
        var differences = 0
        for kind in kinds {
            let outcome = try await verify(kind, database, connection) { difference in
                let row = Self.row(difference)
                if json {
                    StandardStream.output.write(JSONValue.object(row).description + "\n")
                } else {
                    table.rows.append(row)
                }
            }
            differences += outcome.differences
            StandardStream.error.write(
                "\(kind.name): \(outcome.rows) rows at position \(outcome.position), "
                    + "\(outcome.differences) differences\n")
        }
        if !table.rows.isEmpty {
            StandardStream.output.write(table.text(colour: StandardStream.output.usesColour()))
        }
        await connection.close()
        return differences == 0 ? .success : .negative
    }

    private func verify(
        _ kind: any Projection.Type, _ database: Database, _ connection: PostgresConnection,
        _ report: (ProjectionVerification.Difference) -> Void
    ) async throws -> ProjectionVerification.Outcome {
        let progress = ProgressReporter("verify \(kind.name)", unit: "events")
        let verification = ProjectionVerification(database.means(connection)) { done, total in
            progress.update(done, total: total)
        }
        defer { progress.finish() }
        return try await verification.run(kind, upTo: limit, report: report)
    }

    private static let columns: [Table.Column] = [
        .init("projection"), .init("table"), .init("key", widest: 60), .init("column"), .init("live", widest: 60),
        .init("rebuilt", widest: 60), .init("position", isTrailing: true),
    ]

    private static func row(_ difference: ProjectionVerification.Difference) -> JSONObject {
        var key = JSONObject()
        for part in difference.key { key[part.column] = json(part.value) }
        return [
            "projection": .string(difference.projection), "table": .string(difference.table), "key": .object(key),
            "column": .string(difference.column), "live": json(difference.live),
            "rebuilt": json(difference.rebuilt), "position": .integer(difference.position.value),
        ]
    }

    private static func json(_ value: ColumnValue?) -> JSONValue {
        switch value {
        case nil, .null: .null
        case .integer(let number): .integer(number)
        case .boolean(let truth): .bool(truth)
        case .some(let value): .string(value.sqlText ?? "")
        }
    }
}
