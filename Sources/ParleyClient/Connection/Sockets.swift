import Glibc

/// Calls into the C library: time, sockets, polling, a bell to wake a thread with, the thread. Nothing else in the module
/// touches raw memory.
enum Sockets {
    /// Milliseconds of a clock that never goes back.
    static func now() -> Int {
        var time = timespec()
        // Reason: the call fills the struct, which outlives it.
        unsafe _ = clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }

    static func reason(_ code: Int32) -> String {
        var text = [CChar](repeating: 0, count: 128)
        // Reason: the buffer outlives the call, which is told its size; the XSI form returns a status.
        guard unsafe strerror_r(code, &text, text.count) == 0 else { return "error \(code)" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
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

    /// The addresses of a host, in the resolver's order; none if it has none. Blocks.
    static func addresses(of server: ServerAddress) -> [SystemAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        // Reason: the list is the library's until freed below; each address is copied out of it.
        guard unsafe getaddrinfo(server.host, String(server.port), &hints, &list) == 0 else { return [] }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [SystemAddress] = []
        var next = unsafe list
        while let entry = unsafe next?.pointee {
            let bytes = unsafe UnsafeRawBufferPointer(start: entry.ai_addr, count: Int(entry.ai_addrlen))
            addresses.append(SystemAddress(family: unsafe entry.ai_family, bytes: unsafe Array(bytes)))
            unsafe next = entry.ai_next
        }
        return addresses
    }

    /// Begins to connect; the socket is writable when that is decided. Nil if it failed at once, with the reason in
    /// `errno`.
    static func beginConnecting(to address: SystemAddress) -> Int32? {
        let flags = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(address.family, flags, 0)
        guard descriptor >= 0 else { return nil }
        var one: Int32 = 1
        // Reason: the option's value outlives the call.
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        let result = unsafe address.bytes.withUnsafeBytes { buffer -> Int32 in
            // Reason: the bytes are a socket address as getaddrinfo gave it, of exactly this size.
            guard let base = buffer.baseAddress else { return -1 }
            return unsafe connect(descriptor, base.assumingMemoryBound(to: sockaddr.self), socklen_t(buffer.count))
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

    /// Both ends of a stream that never blocks.
    fileprivate static func pair() -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        // Reason: two descriptors into an array of two.
        let code = unsafe socketpair(AF_UNIX, kind, 0, &ends)
        precondition(code == 0, "no pair of sockets: error \(errno)")
        return (ends[0], ends[1])
    }

    /// Runs `body` once on a thread of its own, which nobody waits for.
    static func startThread(_ body: @escaping @Sendable () -> Void) {
        let start = unsafe Unmanaged.passRetained(ThreadStart(body)).toOpaque()
        var handle = pthread_t()
        // Reason: the thread takes over the reference that was retained for it.
        let code = unsafe pthread_create(&handle, nil, runThread, start)
        precondition(code == 0, "no thread: error \(code)")
        pthread_detach(handle)
    }
}

/// A host's address, as the C library has it.
struct SystemAddress {
    let family: Int32
    let bytes: [UInt8]
}

/// Wakes a thread that waits in `Sockets.wait`. Any thread rings; one listens.
final class Bell: Sendable {
    /// Readable once it was rung.
    let descriptor: Int32
    private let hammer: Int32

    init() {
        (descriptor, hammer) = Sockets.pair()
    }

    deinit {
        close(descriptor)
        close(hammer)
    }

    /// One byte is enough, and where no more fits it was rung already.
    func ring() { _ = Sockets.send([1], to: hammer) }

    /// Makes it silent again.
    func quieten() { _ = Sockets.read(descriptor) }
}

private final class ThreadStart {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }
}

private func runThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    // Reason: the reference that startThread retained.
    let start = unsafe Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()
    // Signals are for the program's own threads.
    var all = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_BLOCK, &all, nil)
    start.body()
    return nil
}
