import CEdit
import CommandLineTool
import Glibc
import ParleyClient

/// Calls into the C library: signals, the local time, private files. Nothing else in the client
/// touches raw memory for them.
enum Posix {
    /// Milliseconds of a clock that never goes back.
    static func now() -> Int { MonotonicClock.now() }

    /// Seconds since 1970 as the date and time of day where the user is.
    static func localTime(_ seconds: Int) -> (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
        var time = time_t(seconds)
        var parts = unsafe tm()
        // Reason: both structs outlive the call, which keeps neither.
        unsafe _ = localtime_r(&time, &parts)
        return unsafe (
            Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday), Int(parts.tm_hour),
            Int(parts.tm_min), Int(parts.tm_sec)
        )
    }

    static let standardInput = STDIN_FILENO

    /// New files are the user's alone.
    static func keepFilesPrivate() {
        umask(0o077)
    }

    /// Stops this process as Ctrl-Z does; returns when it is continued.
    static func stopUntilContinued() {
        kill(getpid(), SIGSTOP)
    }

    static func exit(_ code: ExitCode) -> Never {
        Glibc.exit(code.rawValue)
    }

    static func wallClock() -> Int { time(nil) }

    /// Up to 64 KiB; empty at the end; nil if there is nothing just now. Other errors count as the end.
    static func read(_ descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        // Reason: the buffer outlives the call, which is told its size.
        let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
        if count < 0 { return errno == EAGAIN || errno == EINTR ? nil : [] }
        return Array(buffer.prefix(count))
    }

    /// Makes these signals readable on the returned descriptor instead of having them end the process. Call it before
    /// any other thread exists.
    static func catchSignals(_ signals: [Int32]) -> Int32 {
        var set = sigset_t()
        // Reason: the set outlives the calls.
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        return unsafe cedit_signal_descriptor(&set)
    }

    /// The signal that came; nil if none did.
    static func nextSignal(_ descriptor: Int32) -> Int32? {
        let signal = cedit_next_signal(descriptor)
        return signal == 0 ? nil : signal
    }

    /// Replaces the file in one step; nobody but the user can read it at any time.
    static func writePrivately(_ bytes: [UInt8], to path: String) -> Bool {
        let temporary = "\(path).\(getpid()).new"
        unsafe unlink(temporary)
        // Reason: variadic only for the mode.
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(0o600))
        guard descriptor >= 0 else { return false }
        let isWritten = writeAll(bytes, to: descriptor) && fsync(descriptor) == 0
        close(descriptor)
        guard isWritten, unsafe rename(temporary, path) == 0 else {
            unsafe unlink(temporary)
            return false
        }
        return true
    }

    /// Adds to the file, which nobody but the user can read.
    static func appendPrivately(_ bytes: [UInt8], to path: String) {
        // Reason: variadic only for the mode.
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, mode_t(0o600))
        guard descriptor >= 0 else { return }
        fchmod(descriptor, mode_t(0o600))
        _ = writeAll(bytes, to: descriptor)
        close(descriptor)
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                // Reason: base address and size belong to the same buffer, which outlives the call.
                unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
