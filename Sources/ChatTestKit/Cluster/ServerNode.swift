import Foundation
import Glibc
import Synchronization

/// A node as it runs in production: `chatserver serve` in a process of its own, which dies with this one.
public final class ServerNode: Sendable {
    /// Its name in the cluster.
    public let name: String
    /// Where clients connect, on 127.0.0.1.
    public let port: Int
    /// Where WebSockets connect, and where health and metrics are, on 127.0.0.1.
    public let httpPort: Int
    /// Where clients connect over TLS, if the node speaks it.
    public let tlsPort: Int
    /// The HTTP port's twin over TLS, if the node speaks it.
    public let tlsHTTPPort: Int
    private let arguments: [String]
    private let log: String
    private let state = Mutex<Run?>(nil)

    private struct Run {
        var process: ChildProcess
        /// A shell that kills the node once the socket is closed that only this process holds.
        var watchdog: ChildProcess
    }

    /// A node that is not started yet.
    init(name: String, arguments: [String], certificate: (certificate: String, key: String)? = nil, log: String) {
        self.name = name
        self.log = log
        port = ClientSocket.freePort()
        httpPort = ClientSocket.freePort()
        tlsPort = ClientSocket.freePort()
        tlsHTTPPort = ClientSocket.freePort()
        var places = ["--node", name, "--listen", "127.0.0.1:\(port)", "--http", "127.0.0.1:\(httpPort)"]
        if let certificate {
            places += ["--tls-listen", "127.0.0.1:\(tlsPort)", "--tls-http", "127.0.0.1:\(tlsHTTPPort)"]
            places += ["--tls-certificate", certificate.certificate, "--tls-key", certificate.key]
        }
        self.arguments = ["serve"] + places + arguments
    }

    deinit { kill() }

    /// Starts the process; `waitUntilReady` tells when it takes logins.
    public func start() throws {
        try state.withLock { run in
            guard run == nil else { return }
            let command = ["/bin/sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "node", log]
            let process = try ChildProcess(
                command + [try ProgramRun.path(of: "chatserver")] + arguments, capturingOutput: false)
            let watchdog = try ChildProcess(
                ["/bin/sh", "-c", "read -r line || kill -KILL \(process.identifier)"], capturingOutput: false)
            run = Run(process: process, watchdog: watchdog)
        }
    }

    /// Waits until it takes logins.
    public func waitUntilReady() throws {
        try eventually("node \(name) is ready: \(logEnd)") { isReady }
    }

    /// Whether `/readyz` says so.
    public var isReady: Bool { (try? get("/readyz"))?.hasPrefix("HTTP/1.1 200") ?? false }

    /// Asks its HTTP port; gives head and body.
    public func get(_ path: String) throws -> String {
        try request("GET \(path) HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n")
    }

    /// Sends bytes to its HTTP port; gives what comes back until the server closes.
    public func request(_ text: String) throws -> String {
        let socket = try ClientSocket(port: httpPort)
        try socket.send(Array(text.utf8))
        var answer: [UInt8] = []
        while let bytes = socket.receive(within: .seconds(5)), !bytes.isEmpty { answer += bytes }
        return String(decoding: answer, as: UTF8.self)
    }

    /// The value of a metric without labels; 0 if there is none.
    public func metric(_ name: String) throws -> Int {
        let line = try get("/metrics").split(separator: "\n").first { $0.hasPrefix("\(name) ") }
        return line.flatMap { Double($0.split(separator: " ")[1]) }.map { Int($0) } ?? 0
    }

    /// The memory that it has in use, in KiB.
    public var residentKiB: Int {
        let pid = state.withLock { $0?.process.identifier ?? 0 }
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }

    /// The last lines of its log.
    public var logEnd: String { String(wholeLog.suffix(3_000)) }

    /// All that it has logged.
    public var wholeLog: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    // MARK: its ends

    /// SIGKILL: it says nothing to anybody. Returns when it is gone.
    public func kill() {
        signal(SIGKILL)
        _ = try? waitForEnd()
    }

    /// SIGSTOP: it stands still, as a machine that is swapped out does. Returns when all its threads do: what reaches it
    /// from then on waits.
    public func pause() throws {
        signal(SIGSTOP)
        try eventually("node \(name) stands still") { isStopped }
    }

    /// SIGCONT.
    public func wake() { signal(SIGCONT) }

    /// SIGHUP: it reads its certificate again.
    public func hangUp() { signal(SIGHUP) }

    /// SIGTERM: it drains.
    public func terminate() { signal(SIGTERM) }

    /// Waits for the end and gives the exit status, or 128 and the signal's number; 0 if it does not run.
    public func waitForEnd() throws -> Int32 {
        var status: Int32 = 0
        try eventually("node \(name) ends") {
            state.withLock { run in
                guard let running = run else { return true }
                guard let end = running.process.endIfAny() else { return false }
                status = end
                running.watchdog.write("done\n")
                _ = running.watchdog.wait()
                run = nil
                return true
            }
        }
        return status
    }

    /// By the states of its threads (proc(5)); the name that stands before may have spaces and brackets in it.
    private var isStopped: Bool {
        guard let process = state.withLock({ $0?.process.identifier }) else { return true }
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
        return threads.allSatisfy { thread in
            guard let stat = try? String(contentsOfFile: "/proc/\(process)/task/\(thread)/stat", encoding: .utf8)
            else { return true }
            return stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].hasPrefix(") T")
        }
    }

    private func signal(_ number: Int32) { state.withLock { $0?.process.signal(number) } }
}
