import Glibc
import TLS

/// One connection that never blocks, over TCP or TLS: being made, or open. Tries the host's addresses in turn. Owned by one thread.
final class ClientConnection {
    /// An address that does not answer is given up after this, in milliseconds.
    static let timeout = 5_000

    enum Step {
        case opened
        case received([UInt8])
        case ended(String)
    }

    private var addresses: ArraySlice<SystemAddress>
    private var descriptor: Int32?
    private var isConnected = false
    private let tls: TLSContext?
    private var session: TLSSession?
    /// What came in one piece with the end of the handshake.
    private var early: [UInt8] = []
    private var deadline = 0
    private var failure = "no such host"
    private var unsent: ArraySlice<UInt8> = []
    private let server: ServerAddress

    init(to server: ServerAddress, tls: TLSContext? = nil) {
        self.server = server
        self.tls = tls
        addresses = Sockets.addresses(of: server)[...]
        beginNext()
    }

    deinit {
        if let descriptor { close(descriptor) }
    }

    var reading: [Int32] { isConnected ? descriptor.map { [$0] } ?? [] : [] }
    var writing: [Int32] { isConnected && unsent.isEmpty ? [] : descriptor.map { [$0] } ?? [] }
    /// When ``advance(readable:writable:)`` wants to be called though nothing is ready.
    var wakeUp: Int? { descriptor == nil || !early.isEmpty ? 0 : isOpen ? nil : deadline }

    private var isOpen: Bool { isConnected && (tls == nil || session?.isEstablished == true) }

    func send(_ bytes: [UInt8]) {
        if let session { session.write(bytes) } else { unsent += bytes }
        flush()
    }

    /// Goes on with what the descriptors allow.
    func advance(readable: Set<Int32>, writable: Set<Int32>) -> Step? {
        guard let descriptor else { return .ended("\(server): \(failure)") }
        if !isConnected { return advanceConnecting(isDecided: writable.contains(descriptor)) }
        if !isOpen, Sockets.now() >= deadline { return .ended("\(server): no answer") }
        if writable.contains(descriptor) { flush() }
        if !early.isEmpty {
            defer { early = [] }
            return .received(early)
        }
        guard readable.contains(descriptor), let bytes = Sockets.read(descriptor) else { return nil }
        if bytes.isEmpty { return .ended("the server closed the connection") }
        return session.map { received(bytes, over: $0) } ?? .received(bytes)
    }

    private func received(_ bytes: [UInt8], over session: TLSSession) -> Step? {
        let wasEstablished = session.isEstablished
        let received = session.receive(bytes)
        flush()
        if !wasEstablished, session.isEstablished {
            early = received.bytes
            return .opened
        }
        switch received.end {
        case .failed(let reason): return .ended("\(server): no TLS: \(reason)")
        case .closed where received.bytes.isEmpty: return .ended("the server closed the connection")
        // What was said before the end comes first; the end is noticed by the next reading.
        case .closed, nil: return received.bytes.isEmpty ? nil : .received(received.bytes)
        }
    }

    private func advanceConnecting(isDecided: Bool) -> Step? {
        guard let descriptor else { return nil }
        if isDecided {
            let code = Sockets.connectResult(descriptor)
            if code == 0 { return connected() }
            failure = Sockets.reason(code)
        } else if Sockets.now() < deadline {
            return nil
        } else {
            failure = "no answer"
        }
        close(descriptor)
        self.descriptor = nil
        beginNext()
        return self.descriptor == nil ? .ended("\(server): \(failure)") : nil
    }

    private func connected() -> Step? {
        isConnected = true
        guard let tls else { return .opened }
        let session = TLSSession(client: tls, host: server.host)
        self.session = session
        _ = session.receive([])
        flush()
        return nil
    }

    private func beginNext() {
        while descriptor == nil, let address = addresses.popFirst() {
            descriptor = Sockets.beginConnecting(to: address)
            if descriptor == nil { failure = Sockets.reason(errno) }
        }
        deadline = Sockets.now() + ClientConnection.timeout
    }

    /// A broken connection is noticed by the reading side.
    private func flush() {
        if let session { unsent += session.takeOutput() }
        guard isConnected, let descriptor, !unsent.isEmpty else { return }
        if let count = Sockets.send(unsent, to: descriptor) {
            unsent = unsent.dropFirst(count)
        } else {
            unsent = []
        }
    }
}
