import Glibc

/// A program that was built beside the tests, running while a test does something else.
public final class StartedProgram: Sendable {
    private let child: ChildProcess

    /// Starts it.
    public init(_ program: String, _ arguments: [String]) throws {
        child = try ChildProcess([try ProgramRun.path(of: program)] + arguments, capturingOutput: true)
    }

    /// Ends it as a crash would (SIGKILL), if it has not ended by itself.
    public func kill() { child.signal(SIGKILL) }

    /// What it said and how it ended. Blocks until then; ask once.
    public func end() -> ProgramRun {
        let output = child.readToEnd()
        return ProgramRun(status: child.wait(), output: output)
    }
}
