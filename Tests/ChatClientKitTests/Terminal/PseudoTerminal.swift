import CSpawn
import Foundation
import Glibc
import Synchronization

/// A program on a terminal of its own, and what that terminal shows.
final class PseudoTerminal: Sendable {
    struct Late: Error, CustomStringConvertible {
        let description: String
    }

    fileprivate struct State {
        var screen: TerminalScreen
        var output = ""
        var rest: [UInt8] = []
        var isEnded = false
    }

    private let state: Mutex<State>
    private let descriptor: Int32
    private let process: pid_t

    init(_ command: [String], environment: [String: String], screen: TerminalScreen) throws {
        state = Mutex(State(screen: screen))
        descriptor = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        // What unlockpt and ptsname do, which the header shows under _XOPEN_SOURCE only.
        var (isLocked, number): (Int32, UInt32) = (0, 0)
        guard descriptor >= 0, unsafe ioctl(descriptor, 0x4004_5431, &isLocked) == 0,
            unsafe ioctl(descriptor, 0x8004_5430, &number) == 0
        else { throw Late(description: "no terminal: errno \(errno)") }
        PseudoTerminal.size(descriptor, screen.columns)
        // A sanitizer in the program is told the same as the one in the tests.
        let options = ProcessInfo.processInfo.environment.filter { $0.key.hasSuffix("SAN_OPTIONS") }
        process = try PseudoTerminal.spawn(
            command, environment.merging(options) { $1 }, terminal: "/dev/pts/\(number)")
        Thread.detachNewThread { [weak self, descriptor] in
            while let bytes = PseudoTerminal.read(descriptor) { self?.state.withLock { $0.take(bytes) } }
            close(descriptor)
        }
    }

    deinit {
        guard !state.withLock({ $0.isEnded }) else { return }
        // The end of the process is the end of what can be read.
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    /// Types on the keyboard.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        unsafe _ = write(descriptor, bytes, bytes.count)
    }

    func resize(columns: Int) {
        state.withLock { $0.screen.resize(columns: columns) }
        PseudoTerminal.size(descriptor, columns)
    }

    var screen: TerminalScreen { state.withLock { $0.screen } }
    /// All that the program has written.
    var output: String { state.withLock { $0.output } }

    /// Waits until the screen is so.
    func wait(_ what: String, _ isSo: (TerminalScreen) -> Bool) async throws {
        try await wait {
            isSo(screen)
        } orThrow: {
            Late(description: "\(what); the screen:\n" + screen.lines.joined(separator: "\n"))
        }
    }

    /// Waits for a fact.
    func wait(_ fact: () -> Bool, orThrow error: () -> Late) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while !fact() {
            guard ContinuousClock.now < deadline else { throw error() }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Waits for the end; gives the exit status, or 128 and the signal's number.
    func waitForEnd() async throws -> Int32 {
        var status: Int32 = 0
        try await wait {
            guard unsafe waitpid(process, &status, WNOHANG) == process else { return false }
            state.withLock { $0.isEnded = true }
            return true
        } orThrow: {
            Late(description: "it does not end; the screen:\n" + screen.lines.joined(separator: "\n"))
        }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }

    private static func read(_ descriptor: Int32) -> ArraySlice<UInt8>? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
        return count > 0 ? buffer.prefix(count) : nil
    }

    private static func size(_ descriptor: Int32, _ columns: Int) {
        var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        unsafe _ = ioctl(descriptor, UInt(TIOCSWINSZ), &size)
    }

    /// GNU's, which the header shows under _GNU_SOURCE only: the child leads a session of its own, so that the terminal
    /// it opens becomes its own.
    private static let leadsSession: Int16 = 0x80

    private static func spawn(
        _ command: [String], _ environment: [String: String], terminal: String
    ) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, 0, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, 0, 2)
        // The pipes of tests that run at the same time are not close-on-exec.
        unsafe posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | leadsSession)
        let arguments = unsafe command.map { unsafe strdup($0) } + [nil]
        let variables = unsafe environment.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
        defer { unsafe (arguments + variables).forEach { unsafe free($0) } }
        var process: pid_t = 0
        let failure = unsafe posix_spawn(&process, command[0], &actions, &attributes, arguments, variables)
        guard failure == 0 else { throw Late(description: "\(command[0]) cannot be started: errno \(failure)") }
        return process
    }
}

extension PseudoTerminal.State {
    /// A character may come in two pieces.
    fileprivate mutating func take(_ bytes: ArraySlice<UInt8>) {
        rest += bytes
        var whole = rest.count
        for length in 1...4 where length <= rest.count {
            let byte = rest[rest.count - length]
            if byte & 0xC0 == 0x80 { continue }
            let needed = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            if needed > length { whole = rest.count - length }
            break
        }
        let text = String(decoding: rest[..<whole], as: UTF8.self)
        rest.removeFirst(whole)
        output += text
        screen.take(text)
    }
}
