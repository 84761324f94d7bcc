import ChatApplication
import ChatDomain
import CommandLineTool
import EventLogPostgres
import JSONText
import LogAccess

/// A message as two arguments name it.
struct MessageArguments: Sendable {
    static let declared = [Argument("CONVERSATION"), Argument("SEQ")]

    let conversation: Conversation
    let seq: Int64

    init(_ invocation: Invocation) throws(UsageError) {
        guard let conversation = Conversation(invocation.arguments[0]) else {
            throw UsageError("CONVERSATION is direct:A:B, the smaller number first, or group:G")
        }
        guard let seq = Int64(invocation.arguments[1]), seq > 0 else {
            throw UsageError("SEQ is a message's number in its conversation")
        }
        self.conversation = conversation
        self.seq = seq
    }

    /// What the log knows of it; the question is told first.
    func trace(_ desk: AuditDesk, texts: Bool) async throws -> (trace: MessageTrace, names: AuditNames) {
        try await desk.note([
            .init("conversation", conversation.description), .init("seq", "\(seq)"),
        ])
        guard let found = try await desk.reader.trace(conversation, seq: seq, texts: texts) else {
            throw ToolFailure(.negative, "there is no message \(seq) in \(conversation)")
        }
        return found
    }
}

/// `chat-audit visibility`.
struct VisibilityCommand: AskingCommand {
    static let declaration = Command(
        "visibility", "who could see a message when it was said, and who has received and read it since",
        arguments: MessageArguments.declared, options: [ArchiveOption.option, .json])

    private let message: MessageArguments
    private let json: Bool

    init(_ invocation: Invocation) throws(UsageError) {
        message = try MessageArguments(invocation)
        json = invocation.flag("json")
    }

    func ask(_ desk: AuditDesk) async throws -> ExitCode {
        let (trace, names) = try await message.trace(desk, texts: false)
        let output = StandardStream.output
        if json {
            output.write(JSONValue.object(trace.visibility(names)).description + "\n")
        } else {
            let columns: [Table.Column] = [
                .init("user", widest: 32), .init("role"), .init("received", widest: 100), .init("read", widest: 48),
            ]
            output.write(Table(columns, rows: trace.rows(names)).text(colour: output.usesColour()))
        }
        return .success
    }
}

/// `chat-audit story`.
struct StoryCommand: AskingCommand {
    static let declaration = Command(
        "story", "everything that happened to a message: how it was sent, what became of it, whom it reached",
        arguments: MessageArguments.declared,
        options: [.flag("texts", help: "show its texts, too"), ArchiveOption.option, .json])

    private let message: MessageArguments
    private let texts: Bool
    private let json: Bool

    init(_ invocation: Invocation) throws(UsageError) {
        message = try MessageArguments(invocation)
        texts = invocation.flag("texts")
        json = invocation.flag("json")
    }

    func ask(_ desk: AuditDesk) async throws -> ExitCode {
        let (trace, names) = try await message.trace(desk, texts: texts)
        let story = trace.story(names)
        let output = StandardStream.output
        if json {
            output.write(story.map { JSONValue.object($0).description + "\n" }.joined())
            return .success
        }
        var table = Table(
            [
                .init("at"), .init("what"), .init("user", widest: 32), .init("device", widest: 24), .init("address"),
                .init("node"), .init("key", widest: 40), .init("position", isTrailing: true),
            ] + (texts ? [.init("text", widest: 80)] : []))
        table.rows = story.map { step in
            var row = step
            if let id = step["user"]?["id"]?.intValue { row["user"] = .string(names.text(UserID(id))) }
            return row
        }
        output.write(table.text(colour: output.usesColour()))
        return .success
    }
}
