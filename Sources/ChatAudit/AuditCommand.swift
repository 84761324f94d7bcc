import CommandLineTool
import LogAccess
import Reactor

/// A subcommand whose arguments make sense.
protocol AuditCommand: Sendable {
    /// Does it, and says how the program ends.
    func run(_ invocation: Invocation, on loop: EventLoop) async throws -> ExitCode
}
