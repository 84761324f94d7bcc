import Glibc
import Synchronization

/// One of this package's programs while it runs; killed when nobody holds it any more.
public final class RunningProgram: Sendable {
    private let process: ChildProcess
    private let hasEnded = Mutex(false)

    /// A port of 127.0.0.1 that nothing listens on.
    public static func freePort() -> Int { ClientSocket.freePort() }

    /// Starts a program that was built beside the tests.
    public init(_ program: String, _ arguments: [String]) throws {
        process = try ChildProcess([try ProgramRun.path(of: program)] + arguments, capturingOutput: true)
    }

    deinit {
        guard !hasEnded.withLock({ $0 }) else { return }
        process.signal(SIGKILL)
        _ = process.wait()
    }

    /// Asks a port of 127.0.0.1 over HTTP; gives head and body, nothing while nobody answers.
    public func get(_ path: String, port: Int) -> String {
        guard let socket = try? ClientSocket(port: port) else { return "" }
        let request = "GET \(path) HTTP/1.1\r\nHost: program\r\nConnection: close\r\n\r\n"
        guard (try? socket.send(Array(request.utf8))) != nil else { return "" }
        var answer: [UInt8] = []
        while let bytes = socket.receive(within: .seconds(5)), !bytes.isEmpty { answer += bytes }
        return String(decoding: answer, as: UTF8.self)
    }

    /// From now on what it writes meets nobody, as in a pipe whose reader has ended.
    public func stopReading() { process.stopReading() }

    /// SIGTERM: it ends in good order.
    public func terminate() { process.signal(SIGTERM) }

    /// Waits until it has written a text, or ended; what was written meanwhile, which no later call gives again.
    public func read(until text: String) throws -> String {
        try Background { [process] in
            var output: [UInt8] = []
            while let chunk = process.read() {
                output += chunk
                if String(decoding: output, as: UTF8.self).contains(text) { break }
            }
            return String(decoding: output, as: UTF8.self)
        }.value()
    }

    /// Waits for its end; all that it has written, and the exit status, or 128 and the signal's number.
    public func waitForEnd() -> (output: String, status: Int32) {
        let output = process.readToEnd()
        let status = process.wait()
        hasEnded.withLock { $0 = true }
        return (output, status)
    }
}
