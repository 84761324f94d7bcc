import Foundation
import Glibc
import Synchronization

/// A PostgreSQL cluster for tests: default durability, on a Unix socket in a folder of its own, no TCP.
///
/// It ends, and its folder goes, with this object or with the test process, however that ends.
public final class PrivatePostgres: Sendable {
    /// The folder that holds the Unix socket: libpq's `host`.
    public let socketFolder: String
    let programs: String
    private let settings: [String]
    private let state = Mutex(State())

    private struct State {
        var server: WatchedServer?
        var runs = 0
        var databases = 0
        /// Processes that stand still.
        var frozen: [pid_t] = []
    }

    private static let sharedOutcome = Result { try PrivatePostgres() }

    /// The one cluster that all tests of this process share, started at the first call. Never stop this one.
    public static func shared() throws -> PrivatePostgres { try sharedOutcome.get() }

    /// Makes and starts a cluster of its own, for tests that stop or restart it.
    ///
    /// - Parameter settings: server settings as `name=value`.
    public init(settings: [String] = []) throws {
        programs = try Self.findPrograms()
        self.settings = settings
        socketFolder = try makeServerFolder("pg", owner: getuid() == 0 ? "postgres" : nil)
        _ = try runToEnd(
            Self.unprivileged([
                programs + "/initdb", "--no-sync", "--no-instructions", "--pgdata", socketFolder + "/data",
                "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8",
            ]))
        try start()
    }

    deinit {
        thaw()
        stop(fast: false)
        try? FileManager.default.removeItem(atPath: socketFolder)
    }

    /// Makes an empty database and returns the connection string of its superuser.
    public func freshDatabase() throws -> String {
        let number = state.withLock { state in
            state.databases += 1
            return state.databases
        }
        try run(sql: "CREATE DATABASE test_\(number)")
        return conninfo(database: "test_\(number)")
    }

    /// The connection string for one database of this cluster.
    public func conninfo(database: String = "postgres") -> String {
        "host=\(socketFolder) user=postgres dbname=\(database)"
    }

    /// Runs SQL through `psql` and returns its unaligned output.
    @discardableResult
    public func run(sql: String, database: String = "postgres") throws -> String {
        let options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"]
        return try runToEnd([programs + "/psql"] + options + ["--command", sql, conninfo(database: database)])
    }

    /// Starts the server, if it is stopped, and returns when it accepts connections.
    public func start() throws {
        try state.withLock { state in
            guard state.server == nil else { return }
            state.runs += 1
            state.server = try startServer(run: state.runs)
        }
    }

    /// Stops the server: `fast` ends its sessions with an error, otherwise it crashes (SIGQUIT) and must recover.
    public func stop(fast: Bool = true) {
        state.withLock { state in
            state.server?.stop(signal: fast ? "INT" : "QUIT")
            state.server = nil
        }
    }

    /// Kills the postmaster with SIGKILL. Does nothing when it is not running.
    public func kill() {
        state.withLock { state in
            state.server?.stop(signal: "KILL")
            state.server = nil
        }
    }

    /// SIGSTOP for all of its processes: what is connected stays so, and nothing is answered.
    public func freeze() throws {
        let file = try String(contentsOfFile: socketFolder + "/data/postmaster.pid", encoding: .utf8)
        guard let first = file.split(separator: "\n").first, let postmaster = pid_t(first) else {
            throw PrivateServerError("the server does not run")
        }
        // The parent first: from then on there are no new children.
        Glibc.kill(postmaster, SIGSTOP)
        let children = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }
            .filter { Self.parent(of: $0) == postmaster }
        for child in children { Glibc.kill(child, SIGSTOP) }
        state.withLock { $0.frozen = children + [postmaster] }
    }

    /// SIGCONT for what `freeze` stopped.
    public func thaw() {
        state.withLock { state in
            for process in state.frozen { Glibc.kill(process, SIGCONT) }
            state.frozen = []
        }
    }

    private static func parent(of process: pid_t) -> pid_t? {
        // The name in parentheses may hold anything; behind it stand the state and the parent.
        let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        guard let rest = text?.split(separator: ")").last?.split(separator: " "), rest.count > 1 else { return nil }
        return pid_t(rest[1])
    }

    /// Starts the server after `kill`: as soon as the last of the old server's processes has let go of its memory.
    public func startAfterKill() throws {
        let patience = ContinuousClock.now + .seconds(60)
        while true {
            do {
                return try start()
            } catch let error as PrivateServerError
                where error.description.contains("still in use") && ContinuousClock.now < patience
            {
                Thread.sleep(forTimeInterval: 0.05)
            }
        }
    }

    private func startServer(run: Int) throws -> WatchedServer {
        let fixed = ["listen_addresses=", "unix_socket_directories=\(socketFolder)", "max_connections=400"]
        let options = (fixed + ["logging_collector=off", "lc_messages=C"] + settings).flatMap { ["-c", $0] }
        return try WatchedServer(
            command: Self.unprivileged([programs + "/postgres", "-D", socketFolder + "/data"] + options),
            folder: socketFolder, log: "\(socketFolder)/run-\(run).log",
            readyText: "database system is ready to accept connections", lastSignal: "QUIT")
    }

    /// PostgreSQL refuses to run as root.
    static func unprivileged(_ command: [String]) -> [String] {
        guard getuid() == 0 else { return command }
        return ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", "--"] + command
    }

    /// The newest version's folder under /usr/lib/postgresql, else the first folder of PATH that holds `initdb`.
    private static func findPrograms() throws -> String {
        let installed = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: installed)) ?? []
        let newestFirst = versions.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }.map { "\(installed)/\($0)/bin" }
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let found = (newestFirst + path).first { FileManager.default.isExecutableFile(atPath: $0 + "/initdb") }
        guard let found else { throw PrivateServerError("no PostgreSQL server programs are installed") }
        return found
    }
}
