import Foundation

/// One run of one of this package's programs, to its end.
public struct ProgramRun: Sendable {
    /// The exit status, or 128 and the signal's number.
    public let status: Int32
    /// Standard output and standard error together.
    public let output: String

    /// Runs a program that was built beside the tests. Blocks until it ends.
    public init(_ program: String, _ arguments: [String]) throws {
        let child = try ChildProcess([try Self.path(of: program)] + arguments, capturingOutput: true)
        output = child.readToEnd()
        status = child.wait()
    }

    init(status: Int32, output: String) {
        self.status = status
        self.output = output
    }

    /// The path of a program that was built beside the tests.
    static func path(of program: String) throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent(program).path
    }

    /// The lines that are JSON objects.
    public var jsonLines: [String] { output.split(separator: "\n").map(String.init).filter { $0.hasPrefix("{") } }
}
