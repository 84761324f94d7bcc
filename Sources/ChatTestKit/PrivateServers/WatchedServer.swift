import Foundation
import Glibc

/// Why a private server could not be started or asked.
public struct PrivateServerError: Error, CustomStringConvertible {
    /// What failed, with the end of the server's own log where there is one.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// One run of one server, under a watchdog that ends it when this object, or this whole process, is gone.
///
/// The watchdog is a shell that reads from a socket whose other end only this process holds: however the process
/// ends (a crash, a SIGKILL), that end closes, and the watchdog kills the server and removes its folder.
final class WatchedServer: Sendable {
    private let watchdog: ChildProcess

    /// Starts `command` and returns when its log holds `readyText`.
    ///
    /// - Parameter lastSignal: what ends the server when its owner is gone. A shell lets its background processes
    ///   ignore INT and QUIT, so these serve only a server that handles them itself.
    init(command: [String], folder: String, log: String, readyText: String, lastSignal: String) throws {
        watchdog = try ChildProcess(
            ["/bin/sh", "-c", Self.script, "watchdog", folder, log, lastSignal] + command, capturingOutput: false)
        try waitUntilReady(log: log, text: readyText)
    }

    /// Sends `signal` (a name without SIG) to the server and returns when it has ended, which it is made to do after
    /// two minutes. The folder stays.
    func stop(signal: String) {
        watchdog.write("\(signal)\n")
        let deadline = ContinuousClock.now + .seconds(120)
        while watchdog.endIfAny() == nil {
            guard ContinuousClock.now < deadline else {
                watchdog.signal(SIGUSR1)
                _ = watchdog.wait()
                return
            }
            Thread.sleep(forTimeInterval: 0.002)
        }
    }

    /// `$1` is the folder, `$2` the log, `$3` the last signal, the rest the server's command line. A line on standard input names the
    /// signal of an orderly stop, SIGUSR1 then ends it at once; the end of the input means that the owner is gone.
    private static let script = """
        trap '' INT TERM HUP
        cd /tmp
        folder=$1; log=$2; last=$3; shift 3
        "$@" </dev/null >"$log" 2>&1 &
        server=$!
        trap 'kill -s KILL $server' USR1
        if read -r signal; then kill -s "$signal" $server; wait $server; wait $server
        else kill -s "$last" $server; kill -s CONT $server; wait $server; rm -rf "$folder"; fi
        """

    /// Clients that come too early are refused with a FATAL of their own.
    private static func hasGivenUp(_ output: String) -> Bool {
        output.split(separator: "\n").contains { $0.contains("FATAL") && !$0.contains("the database system is") }
    }

    private func waitUntilReady(log: String, text: String) throws {
        let patience = ContinuousClock.now + .seconds(60)
        var output = ""
        while ContinuousClock.now < patience {
            output = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            if output.contains(text) { return }
            if Self.hasGivenUp(output) { break }
            Thread.sleep(forTimeInterval: 0.01)
        }
        stop(signal: "KILL")
        throw PrivateServerError("the server did not get ready: …\(output.suffix(2000))")
    }
}

/// A folder of its own for a private server. The path is short: a Unix socket's may have 107 bytes.
func makeServerFolder(_ kind: String, owner: String? = nil) throws -> String {
    let path = "/tmp/parley-\(kind)-\(UUID().uuidString.prefix(13))"
    var attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
    if let owner { attributes[.ownerAccountName] = owner }
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    try FileManager.default.setAttributes(attributes, ofItemAtPath: path)
    return path
}
