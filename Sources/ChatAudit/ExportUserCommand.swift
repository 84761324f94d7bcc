import ChatApplication
import ChatDomain
import CommandLineTool
import EventLogPostgres
import JSONText
import LogAccess

/// `chat-audit export-user`.
struct ExportUserCommand: AskingCommand {
    static let declaration = Command(
        "export-user", "all that the log holds of one person, as one JSON document, the newest first",
        arguments: [Argument("USER")], options: [ArchiveOption.option])

    private let name: String

    init(_ invocation: Invocation) { name = invocation.arguments[0] }

    /// Events in one reading.
    private static let page = 1_000

    func ask(_ desk: AuditDesk) async throws -> ExitCode {
        let user = try await desk.user(name)
        try await desk.awaitProjection()
        let head = try await desk.reader.progress().head
        try await desk.note([.init("user", "\(user)")])
        guard desk.keys != nil else {
            throw ToolFailure(.failed, "role \(desk.access.role) may not open what is personal: nothing is exported")
        }
        try desk.database.requireWholeLog()
        var filter = AuditFilter()
        filter.user = user
        filter.includesReceivers = true
        let output = StandardStream.output
        var until = head
        var isFirst = true
        while true {
            let page = try await desk.reader.page(
                filter, after: .start, upTo: until, limit: Self.page, opening: .everything)
            if isFirst {
                let head: JSONObject = ["user": page.names.json(user), "through": .integer(head.value)]
                output.write(String(JSONValue.object(head).description.dropLast()) + ",\"events\":[")
            }
            for entry in page.entries {
                let line = JSONValue.object(UserExport.json(entry, of: user, page.names)).description
                guard output.write((isFirst ? "\n" : ",\n") + line) else { return .success }
                isFirst = false
            }
            guard page.more, let last = page.entries.last else { break }
            until = last.recorded.position.advanced(by: -1)
        }
        output.write("\n]}\n")
        return .success
    }
}
