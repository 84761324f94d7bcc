import ChatDomain
import ChatProjections
import CommandLineTool
import EventLogPostgres
import JSONText
import LogAccess
import PostgresClient

/// `chat-replay status`.
struct StatusCommand: ReplayCommand {
    static let declaration = Command(
        "status", "show how far each projection is",
        options: [
            .flag("watch", help: "show it again every second, until interrupted"),
            .flag("hash", help: "with the hash of each projection's rows; reads all of them"), .json,
        ])

    private let watches: Bool
    private let hashes: Bool
    private let json: Bool

    init(_ invocation: Invocation) {
        watches = invocation.flag("watch")
        hashes = invocation.flag("hash")
        json = invocation.flag("json")
    }

    func run(_ database: LogAccess) async throws -> ExitCode {
        do {
            try await show(database)
        } catch {
            // Whoever watches ends by interrupting.
            guard watches, Task.isCancelled else { throw error }
        }
        return .success
    }

    private func show(_ database: LogAccess) async throws {
        let output = StandardStream.output
        let redraws = watches && output.isTerminal && !json
        var head: (position: Position, at: ContinuousClock.Instant)?
        while true {
            let status = try await read(database)
            let now = ContinuousClock.now
            let rate = head.map { Double(status.head.value - $0.position.value) / Self.seconds(now - $0.at) }
            head = (status.head, now)
            let text = json ? Self.json(status) : table(status, rate)
            guard output.write(redraws ? Self.redrawn(text) : text), watches else { return }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func read(_ database: LogAccess) async throws -> ProjectionStatus {
        do {
            return try await database.pool.withConnection { connection in
                hashes
                    ? try await ProjectionStatus.readHashed(connection, log: database.log)
                    : try await ProjectionStatus.read(connection, log: database.log)
            }
        } catch let failure as VerificationFailure {
            throw ToolFailure(.failed, "\(failure)")
        }
    }

    /// Over what was shown before, line by line, so that nothing flickers.
    private static func redrawn(_ text: String) -> String {
        "\u{1B}[H" + text.replacing("\n", with: "\u{1B}[K\n") + "\u{1B}[J"
    }

    private func table(_ status: ProjectionStatus, _ rate: Double?) -> String {
        var line = "head \(status.head) of epoch \(status.epoch)"
        if let rate { line += ", \(Self.rounded(rate)) events/s" }
        if status.archived > .start { line += ", up to \(status.archived) in archives only" }
        line += status.leader.map { ", run by \($0.node) in term \($0.term)" } ?? ", run by no node"
        var columns: [Table.Column] = [
            .init("projection"), .init("version", isTrailing: true), .init("position", isTrailing: true),
            .init("lag", isTrailing: true), .init("lagSeconds", title: "SECONDS", isTrailing: true),
            .init("rate", isTrailing: true), .init("state"),
        ]
        if hashes { columns.append(.init("hash")) }
        var text = line + "\n"
        let table = Table(columns, rows: status.projections.map(Self.row))
        text += table.text(colour: StandardStream.output.usesColour())
        for set in status.projections.compactMap(\.building) {
            text += "\(set.projection): version \(set.version) is built beside, \(set.state.rawValue), "
            text += "at position \(set.position)" + (set.error.map { ": \(DisplayText.printable($0))" } ?? "") + "\n"
        }
        for entry in status.projections {
            guard let error = entry.set.error else { continue }
            let event = entry.set.errorPosition.map { " the event at \($0), \(entry.errorType ?? "which is gone")" }
            text += "\(entry.set.projection) cannot take\(event ?? " an event"): \(DisplayText.printable(error))\n"
        }
        return text
    }

    private static func json(_ status: ProjectionStatus) -> String {
        var object: JSONObject = ["epoch": .string(status.epoch), "head": .integer(status.head.value)]
        object["archived"] = .integer(status.archived.value)
        object["leader"] = status.leader.map { ["node": .string($0.node), "term": .integer($0.term)] } ?? .null
        object["projections"] = .array(status.projections.map { .object(row($0)) })
        return JSONValue.object(object).description + "\n"
    }

    private static func row(_ entry: ProjectionStatus.Entry) -> JSONObject {
        var row: JSONObject = [
            "projection": .string(entry.set.projection), "version": .integer(Int64(entry.set.version)),
            "position": .integer(entry.set.position.value), "lag": .integer(entry.lag),
            "lagSeconds": .number(rounded(entry.lagSeconds)), "rate": .number(rounded(entry.set.rate ?? 0)),
            "state": .string(entry.set.state.rawValue),
        ]
        if let reason = entry.set.error {
            row["error"] = [
                "position": entry.set.errorPosition.map { .integer($0.value) } ?? .null,
                "type": entry.errorType.map { .string($0) } ?? .null, "reason": .string(reason),
            ]
        }
        if let building = entry.building {
            row["building"] = [
                "version": .integer(Int64(building.version)), "set": .integer(Int64(building.number)),
                "position": .integer(building.position.value), "state": .string(building.state.rawValue),
            ]
        }
        if let hash = entry.hash { row["hash"] = .string("\(hash)") }
        return row
    }

    private static func rounded(_ number: Double) -> Double { (number * 10).rounded() / 10 }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }
}
