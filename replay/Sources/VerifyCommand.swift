import ChatDomain
import ChatProjections
import CommandLineTool
import EventLogPostgres
import JSONText
import LogAccess
import PostgresClient

/// `chat-replay verify`.
struct VerifyCommand: ReplayCommand {
    let folds = true
    static let declaration = Command(
        "verify", "fold the log aside and compare it with the live tables, row by row",
        arguments: [ProjectionArguments.declared],
        options: [
            .integer("to", "POSITION", help: "leave out rows that events after this position have changed"),
            .integer(
                "throttle", "EVENTS/S",
                help:
                    "fold at most so many events a second; 0: as fast as it goes (the default, but 20000 with --continuous)"
            ),
            .flag("continuous", help: "begin again and again, until interrupted"),
            .integer("pause", "SECONDS", default: 60, help: "with --continuous: wait so long between two rounds"),
            .address("metrics", help: "with --continuous: serve /metrics there"), ArchiveOption.option,
            .json,
        ])

    let kinds: [any Projection.Type]
    let throttle: Int
    private let limit: Position?
    private let json: Bool
    private let rounds: ContinuousVerification.Settings?

    init(_ invocation: Invocation) throws(UsageError) {
        kinds = try ProjectionArguments.chosen(invocation)
        limit = invocation.integer("to").map { Position(Int64($0)) }
        json = invocation.flag("json")
        rounds = try ContinuousVerification.Settings(invocation)
        throttle = invocation.integer("throttle") ?? (rounds == nil ? 0 : ContinuousVerification.defaultThrottle)
        if rounds != nil, limit != nil { throw UsageError("--to does not go with --continuous") }
    }

    func run(_ database: LogAccess) async throws -> ExitCode {
        if let rounds { return try await ContinuousVerification(self, rounds).run(database) }
        var differences = 0
        for kind in kinds { differences += try await verify(kind, database).differences }
        return differences == 0 ? .success : .negative
    }

    /// Verifies one projection and prints what there is to say.
    func verify(_ kind: any Projection.Type, _ database: LogAccess) async throws -> ProjectionVerification.Outcome {
        let connection = try await database.connect()
        let progress = ProgressReporter("verify \(kind.name)", unit: "events")
        var table = Table(Self.columns)
        let outcome: ProjectionVerification.Outcome
        do {
            let verification = ProjectionVerification(database.means(connection), throttle: throttle) { done, total in
                progress.update(done, total: total)
            }
            outcome = try await verification.run(kind, upTo: limit) { difference in
                if json {
                    let line = JSONValue.object(Self.json(difference)).description
                    StandardStream.output.write(line + "\n")
                } else if table.rows.count < Self.shownLines, let line = Self.line(difference) {
                    table.rows.append(line)
                }
            }
        } catch {
            await connection.close()
            throw error is VerificationFailure || error is RebuildFailure ? ToolFailure(.failed, "\(error)") : error
        }
        await connection.close()
        progress.finish()
        if !table.rows.isEmpty {
            StandardStream.output.write(table.text(colour: StandardStream.output.usesColour()))
        }
        StandardStream.error.write(Self.summary(kind, outcome, isCut: table.rows.count == Self.shownLines))
        return outcome
    }

    /// Lines of a projection's table; JSON has all differences.
    private static let shownLines = 1_000

    private static func summary(
        _ kind: any Projection.Type, _ outcome: ProjectionVerification.Outcome, isCut: Bool
    ) -> String {
        var text = "\(kind.name): \(outcome.rows) rows at position \(outcome.position), "
        text += "\(outcome.differences) differences"
        if isCut { text += ", of which the table has the first \(shownLines) lines" }
        if outcome.untracedRows > 0 {
            text += "; events were looked for in \(ProjectionVerification.tracedRows) rows, not in"
            text += " \(outcome.untracedRows) more"
        }
        return text + (outcome.hash.map { "; hash \($0)" } ?? "") + "\n"
    }

    private static let columns: [Table.Column] = [
        .init("projection"), .init("table"), .init("key", widest: 60), .init("column"), .init("live", widest: 40),
        .init("rebuilt", widest: 40), .init("position", isTrailing: true), .init("finding"), .init("event"),
    ]

    private static func json(_ difference: ProjectionVerification.Difference) -> JSONObject {
        var row: JSONObject = [
            "projection": .string(difference.projection), "table": .string(difference.table),
            "key": .object(key(difference)), "column": .string(difference.column),
            "live": difference.live?.json ?? .null, "rebuilt": difference.rebuilt?.json ?? .null,
            "position": .integer(difference.position.value),
        ]
        if let finding = difference.finding { row["finding"] = .string(finding.rawValue) }
        if let event = difference.event {
            row["event"] = [
                "position": .integer(event.position.value), "type": .string(event.type.rawValue),
                "at": .string(ColumnValue.time(event.recordedAt).sqlText ?? ""),
            ]
        }
        return row
    }

    /// For people; a row that only one side has is one line, at its first column.
    private static func line(_ difference: ProjectionVerification.Difference) -> JSONObject? {
        var line = json(difference)
        if difference.live == nil || difference.rebuilt == nil {
            guard difference.isFirstOfRow else { return nil }
            line["column"] = "(the row)"
            line["live"] = difference.live == nil ? "is not there" : "is there"
            line["rebuilt"] = difference.rebuilt == nil ? "is not there" : "is there"
        }
        let key = key(difference).members.map { "\($0.name)=\($0.value.stringValue ?? $0.value.description)" }
        line["key"] = .string(key.joined(separator: ", "))
        line["event"] = difference.event.map { .string("\($0.position) \($0.type.rawValue)") }
        return line
    }

    private static func key(_ difference: ProjectionVerification.Difference) -> JSONObject {
        JSONObject(difference.key.map { ($0.column, $0.value.json) })
    }
}
