import CommandLineTool

// The clustered chat server: one process is one node.

let invocation = ServerProgram.program.start()
do {
    switch invocation.command {
    case "serve": try ServeCommand.run(invocation)
    case "migrate": try MigrateCommand.run(invocation)
    case "check": try CheckCommand.run(invocation)
    default: throw UsageError("a command is needed: serve, migrate or check")
    }
} catch {
    ServerProgram.program.quit(error)
}
