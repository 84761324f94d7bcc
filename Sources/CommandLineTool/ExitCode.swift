/// How a program ends, the same for every program.
public enum ExitCode: Int32, Sendable {
    /// It did what it was asked for.
    case success = 0
    /// What it checked or asked for came out negative: a difference, a broken log, the server's refusal.
    case negative = 1
    /// The command line is wrong.
    case usage = 2
    /// It could not be done: unreachable, not permitted, interrupted.
    case failed = 3
}

/// A mistake in the command line, the environment or a configuration file. Its text never repeats a value that may be
/// secret.
public struct UsageError: Error, Equatable, CustomStringConvertible {
    /// One line for the user.
    public let description: String

    /// An error with one clear line.
    public init(_ description: String) {
        self.description = description
    }
}

/// Why a program stops early, with the code it exits with.
public struct ToolFailure: Error, Equatable, CustomStringConvertible {
    /// The code to exit with.
    public let code: ExitCode
    /// One line for the user, without secrets.
    public let description: String

    /// A failure with its exit code and one clear line.
    public init(_ code: ExitCode, _ description: String) {
        self.code = code
        self.description = description
    }
}
