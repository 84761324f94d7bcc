import ChatApplication
import CommandLineTool
import EventLogPostgres
import Glibc
import LogAccess
import Reactor

let program = Program(
    "chat-replay", "look at, rebuild and verify the read tables that are folded from the log",
    options: [
        .text(
            "database", "URL", environment: "CHAT_DATABASE",
            help: "the log's database: a libpq URI or keyword string")
    ],
    commands: [
        StatusCommand.declaration, RebuildCommand.declaration, VerifyCommand.declaration, AtCommand.declaration,
        ExplainCommand.declaration,
        PlayCommand.declaration,
        RollbackCommand.declaration, DropCommand.declaration,
        ExportCommand.declaration,
        ImportCommand.declaration,
        GoldenCommand.declaration,
    ],
    notes: [
        "Projections: \(ProjectionArguments.known). Without any, a command takes all.",
        "An exported log holds all keys and secrets: keep it as you keep the database. --redact leaves them out.",
    ])

let invocation = program.start()
let loop = EventLoop(name: "replay")

let work = Task(executorPreference: loop) {
    // A mistake in the command line is told before anything is reached for.
    let command: any ReplayCommand =
        switch invocation.command {
        case "status": StatusCommand(invocation)
        case "rebuild": try RebuildCommand(invocation)
        case "at": try AtCommand(invocation)
        case "explain": try ExplainCommand(invocation)
        case "play": try PlayCommand(invocation)
        case "rollback": try RollbackCommand(invocation)
        case "drop": try DropCommand(invocation)
        case "export": try ExportCommand(invocation)
        case "import": ImportCommand(invocation)
        case "golden": try GoldenCommand(invocation)
        default: try VerifyCommand(invocation)
        }
    let access = try await LogAccess.open(
        invocation, program: program.name, requiringSchema: command.needsSchema, on: loop)
    if command.folds {
        try access.requireWholeLog()
        try await access.requireExplainedDestructions()
    }
    return try await command.run(access)
}

// A loop of its own hears signals while the other one is busy folding.
let interruption = Interruption(on: EventLoop(name: "signals")) { work.cancel() }

do {
    let code = try await work.value
    exit(code.rawValue)
} catch is CancellationError {
    program.quit(ToolFailure(.failed, "interrupted; the live tables are as they were"))
} catch EventLogError.refused(let reason) where !interruption.isRequested {
    program.quit(ToolFailure(.failed, reason))
} catch {
    program.quit(interruption.isRequested ? ToolFailure(.failed, "interrupted") : error)
}
