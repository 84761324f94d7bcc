import Glibc

/// Where log lines go. A line comes whole, its line end included; calls may come from any thread.
public struct LogOutput: Sendable {
    let write: @Sendable ([UInt8]) -> Void

    /// Hands each line to the closure, which must not log itself.
    public init(_ write: @escaping @Sendable ([UInt8]) -> Void) {
        self.write = write
    }

    /// The standard error of the process, one `write(2)` per line. A line that the system refuses is lost:
    /// a log that cannot be written must not stop the service.
    public static let standardError = LogOutput { line in
        LogOutput.write(line, to: STDERR_FILENO)
    }

    /// The kernel keeps a write to a pipe in one piece up to PIPE_BUF (4096 bytes); the rest of a longer line, and of
    /// one that a signal cut, follows in further writes.
    static func write(_ line: [UInt8], to descriptor: Int32) {
        unsafe line.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...])
                let count = unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    written += count
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}

/// Milliseconds since 1970, UTC.
enum WallClock {
    static func milliseconds() -> Int64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
