import CEvent
import Glibc

// The system calls on sockets, with their unsafe parts. Sockets are never blocking.

/// One owned descriptor of a stream socket.
struct Socket {
    let descriptor: Int32

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    static func open(for address: SocketAddress) throws(SocketError) -> Socket {
        let descriptor = cevent_socket(Int32(address.raw[0]))
        guard descriptor >= 0 else { throw SocketError("socket", errno: -descriptor) }
        return Socket(descriptor)
    }

    func close() {
        _ = Glibc.close(descriptor)
    }

    /// The same socket under one more descriptor.
    func duplicate() throws(SocketError) -> Socket {
        let second = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard second >= 0 else { throw SocketError("dup", errno: errno) }
        return Socket(second)
    }

    /// Sends what is written at once: the streams gather small writes themselves.
    func disableNagle() {
        set(Int32(IPPROTO_TCP), TCP_NODELAY)
    }

    /// Several listeners may share one port; the kernel spreads connections over them.
    func sharePort() {
        set(SOL_SOCKET, SO_REUSEPORT)
    }

    /// Connections of a former life that still time out do not keep the address.
    func reuseAddress() {
        set(SOL_SOCKET, SO_REUSEADDR)
    }

    private func set(_ level: Int32, _ option: Int32) {
        var on: Int32 = 1
        _ = unsafe setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    func bind(to address: SocketAddress) throws(SocketError) {
        let code = unsafe withSockaddr(address) { unsafe Glibc.bind(descriptor, $0, $1) }
        guard code == 0 else { throw SocketError("bind", errno: errno) }
    }

    func listen(backlog: Int32) throws(SocketError) {
        guard Glibc.listen(descriptor, backlog) == 0 else { throw SocketError("listen", errno: errno) }
    }

    /// Begins to connect. Returns whether it is done already.
    func connect(to address: SocketAddress) throws(SocketError) -> Bool {
        let code = unsafe withSockaddr(address) { unsafe Glibc.connect(descriptor, $0, $1) }
        if code == 0 { return true }
        guard errno == EINPROGRESS else { throw SocketError("connect", errno: errno) }
        return false
    }

    /// The next connection, or the `errno` that says why there is none.
    func accept() -> Result<(Socket, SocketAddress), ErrorNumber> {
        var raw = [UInt8](repeating: 0, count: MemoryLayout<sockaddr_storage>.size)
        var length = socklen_t(raw.count)
        let accepted = unsafe cevent_accept(descriptor, &raw, &length)
        guard accepted >= 0 else { return .failure(ErrorNumber(value: -accepted)) }
        return .success((Socket(accepted), SocketAddress(raw: raw.prefix(Int(length)))))
    }

    /// The error that a finished attempt to connect left behind; 0 if it succeeded.
    func takeError() -> Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        let result = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        return result == 0 ? code : errno
    }

    func localAddress() -> SocketAddress {
        var raw = [UInt8](repeating: 0, count: MemoryLayout<sockaddr_storage>.size)
        var length = socklen_t(raw.count)
        let code = unsafe raw.withUnsafeMutableBytes { bytes in
            unsafe getsockname(descriptor, bytes.bindMemory(to: sockaddr.self).baseAddress, &length)
        }
        precondition(code == 0, "getsockname: error \(errno)")
        return SocketAddress(raw: raw.prefix(Int(length)))
    }

    /// Tells the peer that nothing more will be sent.
    func endWriting() {
        _ = shutdown(descriptor, Int32(SHUT_WR))
    }
}

/// An `errno`.
struct ErrorNumber: Error {
    let value: Int32
}

/// Memory of one loop that its streams read into, before they know how much there is.
@safe final class ReadBuffer {
    /// Bytes taken from the kernel by one read.
    static let capacity = 65536

    enum Outcome {
        case bytes([UInt8])
        case end
        case blocked
        /// `errno`.
        case failed(Int32)
    }

    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)

    deinit {
        unsafe memory.deallocate()
    }

    func read(_ descriptor: Int32, atMost limit: Int) -> Outcome {
        let count = unsafe Glibc.read(descriptor, memory.baseAddress, min(limit, ReadBuffer.capacity))
        if count > 0 { return .bytes(unsafe [UInt8](memory[..<count])) }
        if count == 0 { return .end }
        let code = errno
        return code == EAGAIN || code == EINTR ? .blocked : .failed(code)
    }
}

func errorText(_ number: Int32) -> String {
    var text = [CChar](repeating: 0, count: 128)
    _ = unsafe strerror_r(number, &text, text.count)
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

func removeFile(_ path: String) {
    _ = unsafe unlink(path)
}

/// To connect to a Unix-domain socket one must be allowed to write to its file.
func openToAll(_ path: String) {
    _ = unsafe chmod(path, 0o666)
}

// MARK: Addresses

extension SocketAddress {
    /// The bytes of the `sockaddr`.
    var raw: [UInt8] {
        switch form {
        case .ipv4(let bytes, let port): header(AF_INET, port) + bytes + [UInt8](repeating: 0, count: 8)
        case .ipv6(let bytes, let port, let scope):
            header(AF_INET6, port) + [0, 0, 0, 0] + bytes
                + (0..<4).map { UInt8(truncatingIfNeeded: scope >> (8 * $0)) }
        case .unix(let path): [UInt8(AF_UNIX), 0] + Array(path.utf8) + [0]
        }
    }

    private func header(_ family: Int32, _ port: UInt16) -> [UInt8] {
        [UInt8(family), 0, UInt8(port >> 8), UInt8(port & 0xff)]
    }

    /// Reads the bytes of a `sockaddr`.
    init(raw: ArraySlice<UInt8>) {
        let raw = Array(raw)
        let port = raw.count >= 4 ? UInt16(raw[2]) << 8 | UInt16(raw[3]) : 0
        switch Int32(raw.first ?? UInt8(AF_UNIX)) {
        case AF_INET: self.init(.ipv4(Array(raw[4..<8]), port: port))
        case AF_INET6:
            let scope = raw[24..<28].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            self.init(.ipv6(Array(raw[8..<24]), port: port, scope: scope))
        default: self.init(.unix(String(decoding: raw.dropFirst(2).prefix { $0 != 0 }, as: UTF8.self)))
        }
    }
}

/// The text of four or sixteen bytes of an Internet address.
func addressText(_ bytes: [UInt8]) -> String {
    var text = [CChar](repeating: 0, count: 64)
    _ = unsafe inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// The first address of a host, which is a name or an address. Blocks while a name is looked up.
func resolveHost(_ host: String, port: UInt16) throws(SocketError) -> SocketAddress {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, String(port), &hints, &list) == 0, let first = unsafe list?.pointee else {
        throw SocketError(.badAddress, "resolve host")
    }
    defer { unsafe freeaddrinfo(list) }
    let raw = unsafe UnsafeRawBufferPointer(start: first.ai_addr, count: Int(first.ai_addrlen))
    return unsafe SocketAddress(raw: [UInt8](raw)[...])
}

private func withSockaddr(
    _ address: SocketAddress, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
    let raw = address.raw
    return unsafe raw.withUnsafeBytes { bytes -> Int32 in
        guard let start = unsafe bytes.bindMemory(to: sockaddr.self).baseAddress else { return -1 }
        return unsafe body(start, socklen_t(bytes.count))
    }
}
