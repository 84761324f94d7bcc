import Foundation
import Glibc
import Synchronization

/// A listener that leads to a node, and can cut a connection in the worst moment: when the node has answered a command,
/// and the client does not know it yet.
final class CuttingProxy: Sendable {
    let port: Int
    private let target: Int
    private let listener: Int32
    /// Cut behind the answer to the next request that contains this.
    private let marked = Mutex<String?>(nil)
    private let cuts = Atomic<Int>(0)

    init(to target: Int) {
        self.target = target
        (listener, port) = CuttingProxy.listen()
        Thread.detachNewThread { [self] in accept() }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    /// How many connections were cut.
    var count: Int { cuts.load(ordering: .acquiring) }

    func cutBehindTheAnswer(to text: String) { marked.withLock { $0 = text } }

    private func accept() {
        let (listener, target) = (listener, target)
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { return }
            guard let node = CuttingProxy.connect(to: target) else {
                close(client)
                continue
            }
            let isDoomed = Flag()
            Thread.detachNewThread { [weak self] in
                self?.pass(from: client, to: node) { self?.doom(isDoomed, $0) }
                shutdown(node, Int32(SHUT_RDWR))
            }
            Thread.detachNewThread { [weak self] in
                while let bytes = CuttingProxy.read(node) {
                    if isDoomed.isRaised {
                        self?.cuts.add(1, ordering: .releasing)
                        break
                    }
                    CuttingProxy.write(bytes, to: client)
                }
                shutdown(client, Int32(SHUT_RDWR))
                shutdown(node, Int32(SHUT_RDWR))
            }
        }
    }

    private func pass(from: Int32, to: Int32, _ look: ([UInt8]) -> Void) {
        while let bytes = CuttingProxy.read(from) {
            look(bytes)
            CuttingProxy.write(bytes, to: to)
        }
    }

    private func doom(_ flag: Flag, _ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        let isMeant = marked.withLock { marked in
            guard let mark = marked, text.contains(mark) else { return false }
            marked = nil
            return true
        }
        if isMeant { flag.raise() }
    }

    private final class Flag: Sendable {
        private let raised = Atomic<Bool>(false)
        func raise() { raised.store(true, ordering: .releasing) }
        var isRaised: Bool { raised.load(ordering: .acquiring) }
    }

    // MARK: Sockets

    private static func read(_ descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe send(
                    descriptor, buffer.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        return address
    }

    private static func connect(to port: Int) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = address(port)
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if code == 0 { return descriptor }
        close(descriptor)
        return nil
    }

    private static func listen() -> (Int32, Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = address(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                _ = unsafe bind(descriptor, generic, size)
                _ = Glibc.listen(descriptor, 8)
                _ = unsafe getsockname(descriptor, generic, &size)
            }
        }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }
}
