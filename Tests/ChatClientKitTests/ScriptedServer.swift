import Glibc
import JSONText
import Synchronization

/// A server that follows a script: one thread, one connection after another, a line in, lines out.
final class ScriptedServer: Sendable {
    /// A request as it arrived.
    struct Received: Sendable {
        /// From 1.
        let connection: Int
        let method: String
        let params: JSONValue
        let id: JSONValue?
    }

    enum Reaction: Sendable {
        case result(JSONValue)
        case refusal(code: Int, reason: String)
        case push(String, JSONObject)
        case close
    }

    let port: Int
    private let log = Mutex<[Received]>([])
    private let isStopped = Mutex(false)
    /// The connection that is served just now.
    private let present = Mutex<Int32?>(nil)
    private let script: @Sendable (Received) -> [Reaction]
    private let descriptor: Int32

    /// Listens on a free port of the loopback until the process ends or ``stop()``.
    init(_ script: @escaping @Sendable (Received) -> [Reaction]) {
        self.script = script
        let (descriptor, port) = ScriptedServer.listenOnLoopback()
        self.descriptor = descriptor
        self.port = port
    }

    var received: [Received] { log.withLock { $0 } }
    func received(_ method: String) -> [Received] { received.filter { $0.method == method } }

    /// Serves until the listener is shut; call it on a thread of its own.
    func serve() {
        var connection = 0
        while true {
            let peer = accept(descriptor, nil, nil)
            guard peer >= 0 else {
                // Closed here and not by who stops: the number must not come to mean something else meanwhile.
                close(descriptor)
                return
            }
            connection += 1
            present.withLock { $0 = peer }
            serve(peer, connection)
            present.withLock { $0 = nil }
            close(peer)
        }
    }

    /// Twice is as good as once.
    func stop() {
        guard
            isStopped.withLock({ stopped in
                defer { stopped = true }
                return !stopped
            })
        else { return }
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Tells the client that is connected something unasked.
    func push(_ method: String, _ params: JSONObject) {
        present.withLock { peer in
            guard let peer else { return }
            send(["jsonrpc": "2.0", "method": .string(method), "params": .object(params)], to: peer)
        }
    }

    private func serve(_ peer: Int32, _ connection: Int) {
        var rest: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe read(peer, &buffer, buffer.count)
            guard count > 0 else { return }
            rest += buffer.prefix(count)
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(rest[..<end])
                rest.removeFirst(end + 1)
                guard let frame = try? JSONValue.parse(line), react(to: frame, from: connection, on: peer) else {
                    return
                }
            }
        }
    }

    private func react(to frame: JSONValue, from connection: Int, on peer: Int32) -> Bool {
        let request = Received(
            connection: connection, method: frame["method"]?.stringValue ?? "", params: frame["params"] ?? .null,
            id: frame["id"])
        log.withLock { $0.append(request) }
        for reaction in script(request) {
            switch reaction {
            case .result(let result):
                send(["jsonrpc": "2.0", "id": request.id ?? .null, "result": result], to: peer)
            case .refusal(let code, let reason):
                let error: JSONValue = [
                    "code": .integer(Int64(code)), "message": "refused", "data": ["reason": .string(reason)],
                ]
                send(["jsonrpc": "2.0", "id": request.id ?? .null, "error": error], to: peer)
            case .push(let method, let params):
                send(["jsonrpc": "2.0", "method": .string(method), "params": .object(params)], to: peer)
            case .close:
                return false
            }
        }
        return true
    }

    private func send(_ frame: JSONValue, to peer: Int32) {
        let bytes = frame.encoded() + [UInt8(ascii: "\n")]
        _ = unsafe bytes.withUnsafeBytes { buffer in
            unsafe Glibc.send(peer, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
        }
    }

    private static func listenOnLoopback() -> (Int32, Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                _ = unsafe bind(descriptor, generic, size)
                _ = listen(descriptor, 8)
                _ = unsafe getsockname(descriptor, generic, &size)
            }
        }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }
}
