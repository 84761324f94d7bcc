import ChatDomain
import CommandLineTool
import EventLogPostgres
import JSONText
import PostgresClient

/// `chat-replay status`.
struct StatusCommand: ReplayCommand {
    static let declaration = Command(
        "status", "show how far each projection is",
        options: [
            .flag("watch", help: "show it again every second, until interrupted"), .json,
        ])

    private let watches: Bool
    private let json: Bool

    init(_ invocation: Invocation) {
        watches = invocation.flag("watch")
        json = invocation.flag("json")
    }

    func run(_ database: Database) async throws -> ExitCode {
        let output = StandardStream.output
        var goesOn = true
        while goesOn {
            let status = try await database.pool.withConnection {
                try await ProjectionStatus.read($0, log: database.log)
            }
            let clear = watches && output.isTerminal && !json ? "\u{1B}[H\u{1B}[2J" : ""
            goesOn = output.write(clear + text(status)) && watches
            if goesOn { try await Task.sleep(for: .seconds(1)) }
        }
        return .success
    }

    private func text(_ status: ProjectionStatus) -> String {
        let rows = status.projections.map(Self.row)
        if json {
            let object: JSONObject = [
                "epoch": .string(status.epoch), "head": .integer(status.head.value),
                "projections": .array(rows.map { .object($0) }),
            ]
            return JSONValue.object(object).description + "\n"
        }
        let table = Table(
            [
                .init("projection"), .init("version", isTrailing: true), .init("position", isTrailing: true),
                .init("lag", isTrailing: true), .init("lagSeconds", title: "SECONDS", isTrailing: true),
                .init("rate", isTrailing: true), .init("state"), .init("error"),
            ], rows: rows)
        let colour = StandardStream.output.usesColour()
        return "head \(status.head) of epoch \(status.epoch)\n" + table.text(colour: colour)
    }

    private static func row(_ entry: ProjectionStatus.Entry) -> JSONObject {
        var row: JSONObject = [
            "projection": .string(entry.set.projection), "version": .integer(Int64(entry.set.version)),
            "position": .integer(entry.set.position.value), "lag": .integer(entry.lag),
            "lagSeconds": .number(rounded(entry.lagSeconds)), "rate": .number(rounded(entry.set.rate ?? 0)),
            "state": .string(entry.set.state.rawValue),
        ]
        if let error = entry.set.error {
            let position = entry.set.errorPosition.map { "at \($0): " } ?? ""
            row["error"] = .string(position + error)
        }
        return row
    }

    private static func rounded(_ number: Double) -> Double { (number * 10).rounded() / 10 }
}
