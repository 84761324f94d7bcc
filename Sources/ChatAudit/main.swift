import ChatApplication
import CommandLineTool
import Glibc
import LogAccess
import Reactor

let program = Program(
    "chat-audit", "ask the log who did what, and prove that it is whole",
    options: [
        .text(
            "database", "URL", environment: "CHAT_DATABASE",
            help: "the log's database: a libpq URI or keyword string")
    ],
    commands: [
        QueryCommand.declaration,
        ReportCommand.declaration,
        VisibilityCommand.declaration,
        StoryCommand.declaration,
        ExportUserCommand.declaration,
        EraseCommand.declaration,
        VerifyCommand.declaration,
        AnchorCommand.declaration,
        ArchiveCommand.declaration,
        RestoreCommand.declaration,
        ProveCommand.declaration,
        CheckProofCommand.declaration,
        KeygenCommand.declaration,
    ])

let invocation = program.start()
let loop = EventLoop(name: "audit")

let work = Task(executorPreference: loop) {
    // A mistake in the command line is told before anything is reached for.
    let command: any AuditCommand =
        switch invocation.command {
        case "query": try QueryCommand(invocation)
        case "report": try ReportCommand(invocation)
        case "visibility": try VisibilityCommand(invocation)
        case "story": try StoryCommand(invocation)
        case "export-user": ExportUserCommand(invocation)
        case "erase": try EraseCommand(invocation)
        case "verify": try VerifyCommand(invocation)
        case "anchor": try AnchorCommand(invocation)
        case "archive": try ArchiveCommand(invocation)
        case "restore": RestoreCommand(invocation)
        case "prove": try ProveCommand(invocation)
        case "check-proof": try CheckProofCommand(invocation)
        default: KeygenCommand(invocation)
        }
    return try await command.run(invocation, on: loop)
}

// A loop of its own hears signals while the other one is busy.
let interruption = Interruption(on: EventLoop(name: "signals")) { work.cancel() }

do {
    let code = try await work.value
    exit(code.rawValue)
} catch EventLogError.refused(let reason) where !interruption.isRequested {
    program.quit(ToolFailure(.failed, reason))
} catch {
    program.quit(interruption.isRequested ? ToolFailure(.failed, "interrupted") : error)
}
