import CSpawn
import Foundation
import Glibc

// Own spawning instead of Foundation's: that one learns of a child's end through a descriptor that every child
// started at the same moment inherits, so a long-lived server could hide the end of a short-lived program.

/// A child process with one socket as its standard input and, if asked for, its output.
///
/// Only the child and this object hold the two ends of the socket (close-on-exec from the start).
final class ChildProcess: Sendable {
    /// The process's number.
    let identifier: pid_t
    private let socket: Int32

    /// Starts the program `command[0]`, an absolute path.
    init(_ command: [String], capturingOutput: Bool) throws {
        var ends: [Int32] = [-1, -1]
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw PrivateServerError("no socket pair: errno \(errno)")
        }
        defer { close(ends[1]) }
        socket = ends[0]
        identifier = try Self.spawn(command, socket: ends[1], capturingOutput: capturingOutput)
    }

    deinit {
        close(socket)
    }

    /// Sends text to the child's standard input.
    func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Reads until the child has closed its standard input and output, which its end does.
    ///
    /// A child that has not ended after `patience` is killed, and the output says so: the test that waits fails by
    /// name, where a wait without end would take the whole suite with it.
    func readToEnd(within patience: Duration = .seconds(300)) -> String {
        let deadline = ContinuousClock.now + patience
        var output: [UInt8] = []
        while let chunk = read(until: deadline) {
            output += chunk
            guard chunk.isEmpty else { continue }
            signal(SIGKILL)
            output += Array("\n[killed: not ended after \(patience)]\n".utf8)
            break
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Waits for output; nil once the child has closed its standard input and output, nothing at the deadline.
    func read(until deadline: ContinuousClock.Instant? = nil) -> [UInt8]? {
        if let deadline {
            let left = (deadline - .now).components.seconds
            var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&descriptor, 1, Int32(max(0, left) * 1000)) != 0 else { return [] }
        }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe recv(socket, &chunk, chunk.count, 0)
            if count > 0 { return Array(chunk[..<count]) }
            if count == 0 || errno != EINTR { return nil }
        }
    }

    /// Waits for the end and returns the exit status, or 128 and the signal's number.
    func wait() -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }

    /// Makes the child's writing an error.
    func stopReading() { shutdown(socket, Int32(SHUT_RD)) }

    /// Sends a signal; only before its end was waited for.
    func signal(_ number: Int32) { kill(identifier, number) }

    /// The exit status, or 128 and the signal's number, if it has ended; must not be asked again then.
    func endIfAny() -> Int32? {
        var status: Int32 = 0
        guard unsafe waitpid(identifier, &status, WNOHANG) == identifier else { return nil }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }

    private static func spawn(_ command: [String], socket: Int32, capturingOutput: Bool) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, socket, 0)
        if capturingOutput {
            unsafe posix_spawn_file_actions_adddup2(&actions, socket, 1)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        }
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Foundation's pipes are not close-on-exec: a server that inherits one's end hides its closing from a reader.
        unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // The pool's threads block most signals; a shell that inherits that never learns of its children's end.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let arguments = unsafe command.map { unsafe strdup($0) } + [nil]
        let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
        let variables = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer { unsafe (arguments + variables).forEach { unsafe free($0) } }
        var identifier: pid_t = 0
        let failure = unsafe posix_spawn(&identifier, command[0], &actions, &attributes, arguments, variables)
        guard failure == 0 else { throw PrivateServerError("\(command[0]) cannot be started: errno \(failure)") }
        return identifier
    }
}

/// Runs a program found on PATH to its end and returns what it wrote; throws that when its status is not 0.
func runToEnd(_ command: [String]) throws -> String {
    // The folder: the server's user may not enter this process's own.
    let child = try ChildProcess(
        ["/bin/sh", "-c", "cd /tmp && exec \"$@\" </dev/null", "run"] + command, capturingOutput: true)
    let output = child.readToEnd()
    let status = child.wait()
    guard status == 0 else {
        throw PrivateServerError("\(command.first ?? "") failed with \(status): \(output.suffix(2000))")
    }
    return output
}
