import ChatApplication
import ChatDomain
import CommandLineTool
import EventLogPostgres
import JSONText
import LogAccess

/// `chat-audit query`.
struct QueryCommand: AskingCommand {
    static let declaration = Command(
        "query", "who did what to whom, when and from where, newest first",
        options: AuditFilterArguments.options + AuditRange.options + [
            .integer(
                "limit", "N", in: 1...AuditLimits.mostEntries, default: AuditLimits.limit,
                help: "at most so many; older ones: --until the last position shown"),
            .flag("follow", help: "the oldest first, and go on with what comes, until interrupted"),
            .choice("format", ["table", "json", "csv"], default: "table", help: "json: JSON Lines; csv: RFC 4180"),
            .flag("json", help: "the same as --format json"),
            .flag("texts", help: "show the texts of messages, too"),
            ArchiveOption.option,
        ])

    private let filter: AuditFilterArguments
    private let range: AuditRange
    private let limit: Int
    private let follows: Bool
    private let format: String
    private let texts: Bool

    init(_ invocation: Invocation) throws(UsageError) {
        filter = try AuditFilterArguments(invocation)
        range = try AuditRange(invocation)
        limit = invocation.integer("limit") ?? AuditLimits.limit
        follows = invocation.flag("follow")
        format = invocation.flag("json") ? "json" : invocation.text("format") ?? "table"
        texts = invocation.flag("texts")
        if follows, invocation.text("until") != nil { throw UsageError("--follow has no end: leave --until out") }
    }

    /// What is asked is told in the log first; the answer goes up to where the log ended before.
    func ask(_ desk: AuditDesk) async throws -> ExitCode {
        let filter = try await filter.filter(desk)
        try await desk.awaitProjection()
        let (after, until) = try await range.positions(desk.reader)
        let head = try await desk.reader.progress().head
        try await desk.note(arguments(filter), address: self.filter.address)
        if texts, desk.keys == nil { AuditDesk.say("role \(desk.access.role) may not open texts") }
        let page = try await desk.reader.page(
            filter, after: after, upTo: min(until, head), limit: limit,
            opening: texts ? .texts : .addresses)
        var output = EntryOutput(format: format, texts: texts)
        guard output.write(follows ? page.entries.reversed() : page.entries, page.names) else { return .success }
        if follows { return try await follow(filter, from: page.head, output, desk) }
        if page.more, let last = page.entries.last {
            AuditDesk.say("there may be older ones: --until \(last.recorded.position)")
        }
        return .success
    }

    private func arguments(_ filter: AuditFilter) -> [AuditQueried.Argument] {
        var arguments = self.filter.arguments(filter) + range.arguments
        arguments.append(.init("limit", "\(limit)"))
        if follows { arguments.append(.init("follow", "yes")) }
        if texts { arguments.append(.init("texts", "yes")) }
        return arguments
    }

    /// A reader that goes away and an interruption are how it ends.
    private func follow(
        _ filter: AuditFilter, from: Position, _ output: EntryOutput, _ desk: AuditDesk
    ) async throws -> ExitCode {
        var (after, output) = (from, output)
        do {
            while true {
                let page = try await desk.reader.page(
                    filter, after: after, upTo: Position(.max), limit: AuditLimits.mostEntries,
                    opening: texts ? .texts : .addresses)
                guard output.write(page.entries.reversed(), page.names) else { return .success }
                after = max(after, page.head)
                try await Task.sleep(for: AuditLimits.poll)
            }
        } catch {
            guard Task.isCancelled || error is CancellationError else { throw error }
            return .success
        }
    }
}

/// Writes entries in one of the forms.
struct EntryOutput {
    private let format: String
    private let texts: Bool
    private var hasHeading = false

    init(format: String, texts: Bool) {
        self.format = format
        self.texts = texts
    }

    /// False if nobody reads any more.
    mutating func write(_ entries: some Sequence<AuditEntry>, _ names: AuditNames) -> Bool {
        let output = StandardStream.output
        defer { hasHeading = true }
        switch format {
        case "json":
            return output.write(entries.map { JSONValue.object($0.json(names)).description + "\n" }.joined())
        case "csv":
            let heading = hasHeading ? "" : AuditEntry.csvColumns.joined(separator: ",") + "\r\n"
            return output.write(heading + entries.map { $0.csv(names) + "\r\n" }.joined())
        default:
            let table = Table(columns, rows: entries.map { $0.row(names) })
            if hasHeading, table.rows.isEmpty { return true }
            let text = table.text(colour: output.usesColour())
            return output.write(hasHeading ? String(text.drop { $0 != "\n" }.dropFirst()) : text)
        }
    }

    private var columns: [Table.Column] {
        [
            .init("position", isTrailing: true), .init("at"), .init("type"), .init("actor", widest: 24),
            .init("subjects", widest: 40), .init("where", widest: 32), .init("device", widest: 16),
            .init("address", widest: 40), .init("node", widest: 16), .init("outcome", widest: 48),
        ] + (texts ? [.init("text", widest: 80)] : [])
    }
}
