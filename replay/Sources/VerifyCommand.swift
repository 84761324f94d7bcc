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
            .integer("to", "POSITION", help: "leave out rows that events after this position have changed"),
            .integer(
                "throttle", "EVENTS/S",
                help:
                    "fold at most so many events a second; 0: as fast as it goes (the default, but 20000 with --continuous)"
            ),
            .flag("continuous", help: "begin again and again, until interrupted"),
            .integer("pause", "SECONDS", default: 60, help: "with --continuous: wait so long between two rounds"),
            .address("metrics", help: "with --continuous: serve /metrics there"), .json,
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

    func run(_ database: Database) async throws -> ExitCode {
        if let rounds { return try await ContinuousVerification(self, rounds).run(database) }
        var differences = 0
        for kind in kinds { differences += try await verify(kind, database).differences }
        return differences == 0 ? .success : .negative
    }

    /// Verifies one projection and prints what there is to say.
    func verify(_ kind: any Projection.Type, _ database: Database) async throws -> ProjectionVerification.Outcome {
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
                    let line = JSONValue.object(Self.row(difference)).description
                    StandardStream.output.write(line + "\n")
                } else if table.rows.count < Self.shownDifferences {
                    table.rows.append(Self.row(difference))
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
        StandardStream.error.write(Self.summary(kind, outcome, shown: json ? nil : table.rows.count))
        return outcome
    }

    /// Differences of a projection that are shown as a table; JSON has all of them.
    private static let shownDifferences = 1_000

    private static func summary(
        _ kind: any Projection.Type, _ outcome: ProjectionVerification.Outcome, shown: Int?
    ) -> String {
        var text = "\(kind.name): \(outcome.rows) rows at position \(outcome.position), "
        text += "\(outcome.differences) differences"
        if let shown, shown < outcome.differences { text += " (\(shown) shown)" }
        if outcome.untracedRows > 0 {
            text += "; events were looked for in \(ProjectionVerification.tracedRows) rows, not in"
            text += " \(outcome.untracedRows) more"
        }
        return text + (outcome.hash.map { "; hash \($0)" } ?? "") + "\n"
    }

    private static let columns: [Table.Column] = [
        .init("projection"), .init("table"), .init("key", widest: 60), .init("column"), .init("live", widest: 60),
        .init("rebuilt", widest: 60), .init("position", isTrailing: true), .init("finding"), .init("event"),
    ]

    private static func row(_ difference: ProjectionVerification.Difference) -> JSONObject {
        var key = JSONObject()
        for part in difference.key { key[part.column] = part.value.json }
        var row: JSONObject = [
            "projection": .string(difference.projection), "table": .string(difference.table), "key": .object(key),
            "column": .string(difference.column), "live": difference.live?.json ?? .null,
            "rebuilt": difference.rebuilt?.json ?? .null, "position": .integer(difference.position.value),
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
}
