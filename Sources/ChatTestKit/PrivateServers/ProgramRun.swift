import Foundation

/// One run of one of this package's programs, to its end.
public struct ProgramRun: Sendable {
    /// The exit status, or 128 and the signal's number.
    public let status: Int32
    /// Standard output and standard error together.
    public let output: String

    /// Runs a program that was built beside the tests. Blocks until it ends.
    public init(_ program: String, _ arguments: [String]) throws {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folder = URL(fileURLWithPath: tests).deletingLastPathComponent()
        let child = try ChildProcess(
            [folder.appendingPathComponent(program).path] + arguments, capturingOutput: true)
        output = child.readToEnd()
        status = child.wait()
    }

    /// The lines that are JSON objects.
    public var jsonLines: [String] { output.split(separator: "\n").map(String.init).filter { $0.hasPrefix("{") } }
}
