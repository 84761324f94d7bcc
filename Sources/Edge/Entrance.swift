public import Reactor

/// What a connection has to bring along before its first byte of its own.
public struct EntranceRules: Sendable {
    /// Whether a balancer says in a PROXY header who the client is.
    public var expectsProxy: Bool
    /// How long the header, a handshake or the head of a request may take.
    public var patience: Duration

    /// Rules.
    public init(expectsProxy: Bool = false, patience: Duration) {
        self.expectsProxy = expectsProxy
        self.patience = patience
    }
}

/// Why a connection was not let in.
public enum EntranceRefusal: String, Sendable {
    /// It did not begin with a valid PROXY header.
    case proxyHeader = "no valid PROXY header"
    /// What it has to bring along did not come in time.
    case timeout = "nothing came in time"
}

/// A connection that has come in.
public struct Entrant {
    /// Its bytes; no handlers are set.
    public let stream: ByteStream
    /// The client's address without the port, in its one form: from the header if there is one.
    public let address: String
    /// What came already; at most what one read gives.
    public let rest: [UInt8]
}

/// A listener that hands on connections once they have brought along what the rules ask for. Confined to its loop.
public final class Entrance {
    private let loop: EventLoop
    private let rules: EntranceRules
    private let refused: (EntranceRefusal) -> Void
    private let entered: (Entrant) -> Void
    private var listener: Listener?
    private var waiting: [ObjectIdentifier: Waiting] = [:]

    /// Connections that have not brought everything along; one more is closed at once.
    static let waitingLimit = 4_096

    /// A connection that has not brought everything along.
    private final class Waiting {
        let stream: ByteStream
        var timer: LoopTimer?
        var header: [UInt8] = []

        init(_ stream: ByteStream) { self.stream = stream }
    }

    /// Listens from now on. Loop thread only; both closures are called on it.
    ///
    /// - Throws: `SocketError`.
    public init(
        on loop: EventLoop, address: SocketAddress, rules: EntranceRules,
        refused: @escaping (EntranceRefusal) -> Void, entered: @escaping (Entrant) -> Void
    ) throws(SocketError) {
        self.loop = loop
        self.rules = rules
        self.refused = refused
        self.entered = entered
        listener = try Listener(on: loop, address: address) { [weak self] stream in
            if let self { self.arrived(stream) } else { stream.close() }
        }
    }

    /// The address with the port that the kernel chose, if 0 was asked for.
    public var boundAddress: SocketAddress? { listener?.boundAddress }

    /// Stops listening, and closes who has not come in yet. Loop thread only; repeatable.
    public func close() {
        listener?.close()
        listener = nil
        for one in waiting.values { one.stream.close() }
    }

    private func arrived(_ stream: ByteStream) {
        guard rules.expectsProxy else {
            return entered(Entrant(stream: stream, address: stream.peer.host ?? "local", rest: []))
        }
        guard waiting.count < Self.waitingLimit else { return stream.close() }
        let one = Waiting(stream)
        let key = ObjectIdentifier(stream)
        waiting[key] = one
        one.timer = loop.schedule(after: rules.patience) { [weak self] in
            self?.refused(.timeout)
            stream.close()
        }
        stream.handlers = ByteStream.Handlers(
            received: { [weak self] bytes in self?.received(one, bytes) },
            ended: { stream.close() },
            closed: { [weak self] _ in self?.forget(stream) })
    }

    private func forget(_ stream: ByteStream) {
        waiting.removeValue(forKey: ObjectIdentifier(stream))?.timer?.cancel()
    }

    private func received(_ one: Waiting, _ bytes: [UInt8]) {
        one.header += bytes
        switch ProxyHeader.read(one.header) {
        case .more: return
        case .invalid:
            refused(.proxyHeader)
            one.stream.close()
        case .header(let header, let length):
            forget(one.stream)
            one.stream.handlers = ByteStream.Handlers()
            let address = header.address ?? one.stream.peer.host ?? "local"
            entered(Entrant(stream: one.stream, address: address, rest: Array(one.header[length...])))
        }
    }
}
