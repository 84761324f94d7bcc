import ChatApplication
import ChatDomain
import CommandLineTool
import EventLogPostgres
import Foundation
import JSONText
import LogAccess

/// `chat-audit report`.
struct ReportCommand: AskingCommand {
    static let declaration = Command(
        "report", "count events by day, type, actor or node",
        options: AuditRange.options + [
            .choice(
                "by", AuditReport.Dimension.allCases.map(\.rawValue), default: AuditReport.Dimension.type.rawValue,
                help: "what is counted by"),
            .integer("limit", "N", in: 1...10_000, default: 100, help: "at most so many lines, the busiest"),
            .text("plot", "FILE.svg", help: "draw the bars into this file, too"),
            ArchiveOption.option,
            .json,
        ])

    private let range: AuditRange
    private let dimension: AuditReport.Dimension
    private let limit: Int
    private let plot: String?
    private let json: Bool

    init(_ invocation: Invocation) throws(UsageError) {
        range = try AuditRange(invocation)
        dimension = invocation.text("by").flatMap { AuditReport.Dimension(rawValue: $0) } ?? .type
        limit = invocation.integer("limit") ?? 100
        plot = invocation.text("plot")
        json = invocation.flag("json")
        if let plot, !plot.hasSuffix(".svg") { throw UsageError("--plot takes a file whose name ends in .svg") }
    }

    func ask(_ desk: AuditDesk) async throws -> ExitCode {
        let (after, until) = try await range.positions(desk.reader)
        let head = try await desk.reader.progress().head
        try await desk.note(range.arguments + [.init("by", dimension.rawValue)])
        let report = try await desk.reader.report(
            by: dimension, after: after, upTo: min(until, head), limit: limit)
        let output = StandardStream.output
        if json {
            output.write(report.json.map { JSONValue.object($0).description + "\n" }.joined())
        } else {
            output.write(Self.table(report).text(colour: output.usesColour()))
        }
        if let plot {
            let title = "events by \(dimension.rawValue): \(report.total)"
            guard FileManager.default.createFile(atPath: plot, contents: Data(report.svg(title: title).utf8)) else {
                throw ToolFailure(.failed, "\(DisplayText.printable(plot)) cannot be written")
            }
        }
        return .success
    }

    /// Columns that the bars leave to labels and numbers.
    private static let reserved = 40

    private static func table(_ report: AuditReport) -> Table {
        let columns = max(10, min(60, StandardStream.output.columns - reserved))
        let bars = report.bars(columns: columns)
        let name = report.dimension.rawValue
        return Table(
            [.init(name, widest: 30), .init("events", isTrailing: true), .init("bar", title: "", widest: columns)],
            rows: zip(report.lines, bars).map { line, bar in
                [name: .string(line.label), "events": .integer(line.events), "bar": .string(bar)]
            })
    }
}
