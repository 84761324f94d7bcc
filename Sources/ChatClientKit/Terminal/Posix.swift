import CEdit
import CommandLineTool
import Glibc

/// Calls into the C library: sockets, polling, signals, the local time, private files. Nothing else in the client
/// touches raw memory for them.
enum Posix {
    /// Milliseconds of a clock that never goes back.
    static func now() -> Int {
        var time = timespec()
        // Reason: the call fills the struct, which outlives it.
        unsafe _ = clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }

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

    static func reason(_ code: Int32) -> String {
        // Reason: strerror's text is copied before anything else can change it; the client has one thread.
        unsafe String(cString: strerror(code))
    }

    /// Waits until one of the descriptors can be read (or, for those in `writing`, written), at most `timeout`
    /// milliseconds (nil: for ever). Returns those that can, also after hang-ups and errors.
    static func wait(reading: [Int32], writing: [Int32], timeout: Int?) -> (readable: Set<Int32>, writable: Set<Int32>)
    {
        var entries = reading.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        entries += writing.map { pollfd(fd: $0, events: Int16(POLLOUT), revents: 0) }
        let milliseconds = Int32(clamping: timeout.map { max(0, $0) } ?? -1)
        // Reason: the array outlives the call.
        guard unsafe poll(&entries, nfds_t(entries.count), milliseconds) > 0 else { return ([], []) }
        let ready = entries.filter { $0.revents != 0 }
        return (
            Set(ready.filter { $0.events == Int16(POLLIN) }.map(\.fd)),
            Set(ready.filter { $0.events == Int16(POLLOUT) }.map(\.fd))
        )
    }

    /// Up to 64 KiB; empty at the end; nil if there is nothing just now. Other errors count as the end.
    static func read(_ descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        // Reason: the buffer outlives the call, which is told its size.
        let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
        if count < 0 { return errno == EAGAIN || errno == EINTR ? nil : [] }
        return Array(buffer.prefix(count))
    }

    /// How many of the bytes were taken, 0 if none just now; nil if the connection is gone. Never a signal.
    static func send(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Int? {
        let count = unsafe bytes.withUnsafeBytes { buffer in
            // Reason: base address and size belong to the same buffer, which outlives the call.
            unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
        }
        if count >= 0 { return count }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
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

    /// Non-blocking sockets to be connected, one for each address of the host: descriptor-less until begun.
    static func addresses(host: String, port: Int) -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        // Reason: the list is the library's until freed below; each address is copied out of it.
        guard unsafe getaddrinfo(host, String(port), &hints, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next?.pointee {
            let bytes = unsafe UnsafeRawBufferPointer(start: entry.ai_addr, count: Int(entry.ai_addrlen))
            addresses.append(SocketAddress(family: unsafe entry.ai_family, bytes: unsafe Array(bytes)))
            unsafe next = entry.ai_next
        }
        return addresses
    }

    /// Begins to connect; the socket is writable when that is decided. Nil if it failed at once, with the reason in
    /// `errno`.
    static func beginConnecting(to address: SocketAddress) -> Int32? {
        let flags = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, flags, 0)
        guard descriptor >= 0 else { return nil }
        var one: Int32 = 1
        // Reason: the option's value outlives the call.
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        let result = unsafe address.bytes.withUnsafeBytes { buffer -> Int32 in
            // Reason: the bytes are a socket address as getaddrinfo gave it, of exactly this size.
            guard let base = buffer.baseAddress else { return -1 }
            return unsafe connect(
                descriptor, base.assumingMemoryBound(to: sockaddr.self), socklen_t(buffer.count))
        }
        if result == 0 || errno == EINPROGRESS { return descriptor }
        let code = errno
        close(descriptor)
        errno = code
        return nil
    }

    /// 0 if the socket is connected, else why not.
    static func connectResult(_ descriptor: Int32) -> Int32 {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        // Reason: both outlive the call, which fills no more than the size says.
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 else { return errno }
        return code
    }
}

/// A host's address, as the C library has it.
struct SocketAddress {
    let family: Int32
    let bytes: [UInt8]
}
