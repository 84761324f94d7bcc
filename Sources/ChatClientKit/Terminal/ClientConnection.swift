import CommandLineTool
import Glibc

/// One TCP connection that never blocks: being made, or open. Tries the host's addresses in turn. Owned by one thread.
final class ClientConnection {
    /// An address that does not answer is given up after this, in milliseconds.
    static let timeout = 5_000

    enum Step {
        case opened
        case received([UInt8])
        case ended(String)
    }

    private var addresses: ArraySlice<SocketAddress>
    private var descriptor: Int32?
    private var isOpen = false
    private var deadline = 0
    private var failure = "no such host"
    private var unsent: ArraySlice<UInt8> = []
    private let server: HostPort

    init(to server: HostPort) {
        self.server = server
        addresses = Posix.addresses(host: server.host, port: server.port)[...]
        beginNext()
    }

    deinit {
        if let descriptor { close(descriptor) }
    }

    var reading: [Int32] { isOpen ? descriptor.map { [$0] } ?? [] : [] }
    var writing: [Int32] { isOpen && unsent.isEmpty ? [] : descriptor.map { [$0] } ?? [] }
    /// When ``advance(readable:writable:)`` wants to be called though nothing is ready.
    var wakeUp: Int? { descriptor == nil ? 0 : isOpen ? nil : deadline }

    func send(_ bytes: [UInt8]) {
        unsent += bytes
        flush()
    }

    /// Goes on with what the descriptors allow.
    func advance(readable: Set<Int32>, writable: Set<Int32>) -> Step? {
        guard let descriptor else { return .ended("\(server): \(failure)") }
        if !isOpen { return advanceConnecting(isDecided: writable.contains(descriptor)) }
        if writable.contains(descriptor) { flush() }
        guard readable.contains(descriptor), let bytes = Posix.read(descriptor) else { return nil }
        return bytes.isEmpty ? .ended("the server closed the connection") : .received(bytes)
    }

    private func advanceConnecting(isDecided: Bool) -> Step? {
        guard let descriptor else { return nil }
        if isDecided {
            let code = Posix.connectResult(descriptor)
            if code == 0 {
                isOpen = true
                return .opened
            }
            failure = Posix.reason(code)
        } else if Posix.now() < deadline {
            return nil
        } else {
            failure = "no answer"
        }
        close(descriptor)
        self.descriptor = nil
        beginNext()
        return self.descriptor == nil ? .ended("\(server): \(failure)") : nil
    }

    private func beginNext() {
        while descriptor == nil, let address = addresses.popFirst() {
            descriptor = Posix.beginConnecting(to: address)
            if descriptor == nil { failure = Posix.reason(errno) }
        }
        deadline = Posix.now() + ClientConnection.timeout
    }

    /// A broken connection is noticed by the reading side.
    private func flush() {
        guard isOpen, let descriptor, !unsent.isEmpty else { return }
        if let count = Posix.send(unsent, to: descriptor) {
            unsent = unsent.dropFirst(count)
        } else {
            unsent = []
        }
    }
}
