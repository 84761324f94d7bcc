import Foundation
import Synchronization

/// A Redis server for tests: on a Unix socket in a folder of its own, without persistence unless asked for.
///
/// It ends, and its folder goes, with this object or with the test process, however that ends.
public final class PrivateRedis: Sendable {
    /// The path of the Unix socket. It stays the same over restarts.
    public let socketPath: String
    private let folder: String
    private let persistent: Bool
    private let state = Mutex(State())

    private struct State {
        var server: WatchedServer?
        var runs = 0
    }

    /// Starts a server of its own and returns when it accepts connections.
    ///
    /// - Parameter persistent: whether `restart()` finds the data again (append-only file, synced at every write).
    public init(persistent: Bool = false) throws {
        folder = try makeServerFolder("redis")
        socketPath = folder + "/redis.sock"
        self.persistent = persistent
        try restart()
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Ends the server at once (SIGKILL). Does nothing when it is not running.
    public func kill() {
        state.withLock { state in
            state.server?.stop(signal: "KILL")
            state.server = nil
        }
    }

    /// Kills the server if it runs, and starts it; without persistence it is empty.
    public func restart() throws {
        try state.withLock { state in
            state.server?.stop(signal: "KILL")
            state.server = nil
            state.runs += 1
            state.server = try start(run: state.runs)
        }
    }

    /// Kills the server if it runs, removes what it had stored, and starts it.
    public func restartEmpty() throws {
        kill()
        try? FileManager.default.removeItem(atPath: folder + "/appendonlydir")
        try? FileManager.default.removeItem(atPath: folder + "/dump.rdb")
        try restart()
    }

    /// Runs one command through `redis-cli` and returns what it printed.
    public func command(_ words: String...) throws -> String {
        try runToEnd(["redis-cli", "-s", socketPath] + words)
    }

    private func start(run: Int) throws -> WatchedServer {
        let options = [
            "--port", "0", "--unixsocket", socketPath, "--dir", folder, "--save", "",
            "--appendonly", persistent ? "yes" : "no", "--appendfsync", "always",
        ]
        return try WatchedServer(
            command: ["redis-server"] + options, folder: folder, log: "\(folder)/run-\(run).log",
            readyText: "eady to accept connections", lastSignal: "KILL")
    }
}
