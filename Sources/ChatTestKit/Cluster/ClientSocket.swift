import Glibc
import Synchronization

/// A TCP connection to this machine that is read only when somebody asks. Confined to one thread.
final class ClientSocket: ClientCarrier {
    private let descriptor: Int32
    private var isOpen = true

    /// Connects to 127.0.0.1.
    ///
    /// - Parameter receiveBuffer: bytes that the system keeps for a client that does not read; nil for its default.
    init(port: Int, receiveBuffer: Int32? = nil) throws(ClientFailure) {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if let receiveBuffer { set(SOL_SOCKET, SO_RCVBUF, receiveBuffer) }
        set(CInt(IPPROTO_TCP), TCP_NODELAY, 1)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let outcome = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(descriptor, $0, size) }
        }
        guard outcome == 0 else {
            let reason = errno
            close()
            throw .unreachable(port: port, reason: reason)
        }
    }

    deinit { close() }

    /// Sends everything, waiting for room.
    func send(_ bytes: [UInt8]) throws(ClientFailure) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 { sent += count } else if errno != EINTR { throw .closed }
        }
    }

    /// What has come, empty at the end of the stream, nil if nothing came in time.
    func receive(within patience: Duration) -> [UInt8]? {
        guard isOpen else { return [] }
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&wanted, 1, CInt(max(0, patience / .milliseconds(1)).rounded(.up))) > 0 else { return nil }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
        return count > 0 ? Array(chunk[..<count]) : []
    }

    /// Sends no more; still reads.
    func endSending() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Closes it at once.
    func close() {
        guard isOpen else { return }
        isOpen = false
        _ = Glibc.close(descriptor)
    }

    private func set(_ level: CInt, _ option: CInt, _ value: Int32) {
        var value = value
        unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Ports that were given to somebody: until a node listens on its own, another one would find it free.
    private static let given = Mutex<Set<Int>>([])

    /// A port of this machine that nobody listens on, outside the range from which the system takes its own. No port is
    /// given twice: nodes share a port that both listen on, and each would get some of the other's clients.
    static func freePort() -> Int {
        while true {
            let port = Int.random(in: 12_000..<32_000)
            guard given.withLock({ $0.insert(port).inserted }) else { continue }
            let probe = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            defer { _ = Glibc.close(probe) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let outcome = unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(probe, $0, size) }
            }
            if outcome == 0 { return port }
        }
    }
}
