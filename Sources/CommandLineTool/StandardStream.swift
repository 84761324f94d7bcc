import Foundation
import Glibc

/// Standard output or standard error, written with `write(2)`: unbuffered, whole texts, from any thread. Every call into
/// the C library that touches memory or the terminal is in this file.
public struct StandardStream: Sendable {
    /// For results.
    public static let output = StandardStream(descriptor: STDOUT_FILENO)
    /// For everything else: errors, progress, questions.
    public static let error = StandardStream(descriptor: STDERR_FILENO)

    /// The file descriptor, which stays the caller's.
    public let descriptor: Int32

    /// A stream on another descriptor.
    public init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes all of `text`; false if nobody reads any more (or the disk is full), after which there is no use in going
    /// on. Waits while a non-blocking descriptor is full.
    @discardableResult
    public func write(_ text: String) -> Bool {
        write(Array(text.utf8))
    }

    /// Writes all bytes; see ``write(_:)-(String)``.
    @discardableResult
    public func write(_ bytes: [UInt8]) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let written = unsafe bytes.withUnsafeBytes { buffer in
                // Reason: the slice lies within the buffer, which outlives the call.
                unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: offset), bytes.count - offset)
            }
            if written >= 0 {
                offset += written
            } else if errno == EAGAIN {
                waitUntilWritable()
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }

    /// Whether a person sees it.
    public var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Whether to use colour: on a terminal that knows it, and never when `NO_COLOR` is set to anything.
    public func usesColour(environment: [String: String] = Environment.variables) -> Bool {
        (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb" && isTerminal
    }

    /// The terminal's width in columns; 80 if there is no terminal.
    public var columns: Int {
        var size = winsize()
        // Reason: the call fills the struct, which outlives it.
        let result = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size)
        return result == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// Makes writing to a closed pipe or socket an error of that write instead of the end of the process.
    public static func ignoreBrokenPipes() {
        _ = signal(SIGPIPE, SIG_IGN)
    }

    private func waitUntilWritable() {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // Reason: one entry, which outlives the call.
        unsafe _ = poll(&entry, 1, -1)
    }
}

/// Asks on the terminal for what must not be seen.
public enum PasswordPrompt {
    /// The longest line that is read, in bytes.
    static let longest = 1024

    /// Asks on the process's terminal (not standard input, which may be a script) without echo; nil if there is no
    /// terminal or the user ended the input. Blocks.
    public static func ask(_ question: String) -> String? {
        // Reason: a constant path; the descriptor is checked and closed here.
        let terminal = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        let screen = StandardStream(descriptor: terminal)
        screen.write(question)
        defer { screen.write("\n") }
        var before = termios()
        // Reason: the calls read and fill structs that outlive them.
        guard unsafe tcgetattr(terminal, &before) == 0 else { return nil }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        silent.c_lflag |= tcflag_t(ICANON | ISIG)
        silent.c_iflag |= tcflag_t(ICRNL)
        unsafe tcsetattr(terminal, TCSAFLUSH, &silent)
        defer { unsafe _ = tcsetattr(terminal, TCSAFLUSH, &before) }
        return readLine(from: terminal)
    }

    private static func readLine(from descriptor: Int32) -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count < longest {
            // Reason: one byte into a variable that outlives the call.
            let count = unsafe read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return line.isEmpty ? nil : String(decoding: line, as: UTF8.self) }
            if byte == UInt8(ascii: "\n") { break }
            line.append(byte)
        }
        return String(decoding: line, as: UTF8.self)
    }
}
