import CommandLineTool
import LogAccess
import Reactor

/// A subcommand whose arguments make sense.
protocol AuditCommand: Sendable {
    /// Does it, and says how the program ends.
    func run(_ invocation: Invocation, on loop: EventLoop) async throws -> ExitCode
}

/// A subcommand that asks the log, and is therefore told in it.
protocol AskingCommand: AuditCommand {
    /// Asks, and says how the program ends.
    func ask(_ desk: AuditDesk) async throws -> ExitCode
}

extension AskingCommand {
    /// Reaches for the log, and asks.
    func run(_ invocation: Invocation, on loop: EventLoop) async throws -> ExitCode {
        let desk = try await AuditDesk.open(invocation, on: loop)
        return try await ask(desk)
    }
}
