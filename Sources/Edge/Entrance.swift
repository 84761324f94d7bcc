public import Reactor
public import TLS

/// What a connection has to bring along before its first byte of its own.
public struct EntranceRules: Sendable {
    /// Whether a balancer says in a PROXY header who the client is.
    public var expectsProxy: Bool
    /// Gives the certificate of the moment, if what is spoken is TLS; behind the PROXY header, if both are expected.
    public var tls: (@Sendable () -> TLSContext)?
    /// How long the header, a handshake or the head of a request may take.
    public var patience: Duration

    /// Rules.
    public init(
        expectsProxy: Bool = false, tls: (@Sendable () -> TLSContext)? = nil, patience: Duration
    ) {
        self.expectsProxy = expectsProxy
        self.tls = tls
        self.patience = patience
    }
}

/// Why a connection was not let in.
public enum EntranceRefusal: Equatable, Sendable, CustomStringConvertible {
    /// It did not begin with a valid PROXY header.
    case proxyHeader
    /// Its TLS handshake failed; the text says why.
    case handshake(String)
    /// What it has to bring along did not come in time.
    case timeout

    /// For an operator.
    public var description: String {
        switch self {
        case .proxyHeader: "no valid PROXY header"
        case .handshake(let reason): "no TLS: \(reason)"
        case .timeout: "it did not begin in time"
        }
    }
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
        var address: String
        var timer: LoopTimer?
        var header: [UInt8] = []

        init(_ stream: ByteStream, address: String) {
            self.stream = stream
            self.address = address
        }
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
        let address = stream.peer.host ?? "local"
        guard rules.expectsProxy || rules.tls != nil else {
            return entered(Entrant(stream: stream, address: address, rest: []))
        }
        guard waiting.count < Self.waitingLimit else { return stream.close() }
        let one = Waiting(stream, address: address)
        waiting[ObjectIdentifier(stream)] = one
        rules.expectsProxy ? awaitHeader(one) : shakeHands(one, received: [])
    }

    /// Forgets a connection that has come in, or is lost.
    private func forget(_ one: Waiting) {
        waiting[ObjectIdentifier(one.stream)] = nil
        one.timer?.cancel()
    }

    private func awaitHeader(_ one: Waiting) {
        one.timer = loop.schedule(after: rules.patience) { [weak self] in
            self?.refused(.timeout)
            one.stream.close()
        }
        one.stream.handlers = ByteStream.Handlers(
            received: { [weak self] bytes in self?.received(one, bytes) },
            ended: { one.stream.close() },
            closed: { [weak self] _ in self?.forget(one) })
    }

    private func received(_ one: Waiting, _ bytes: [UInt8]) {
        one.header += bytes
        switch ProxyHeader.read(one.header) {
        case .more: return
        case .invalid:
            refused(.proxyHeader)
            one.stream.close()
        case .header(let header, let length):
            one.timer?.cancel()
            one.address = header.address ?? one.address
            let rest = Array(one.header[length...])
            rules.tls == nil ? enter(one, rest: rest) : shakeHands(one, received: rest)
        }
    }

    private func shakeHands(_ one: Waiting, received: [UInt8]) {
        guard let tls = rules.tls else { return }
        one.stream.handlers = ByteStream.Handlers(closed: { [weak self] reason in
            self?.forget(one)
            switch reason {
            case .insecure(let text): self?.refused(.handshake(text))
            case .timedOut: self?.refused(.timeout)
            default: break
            }
        })
        one.stream.secure(TLSSession(server: tls()), received: received, within: rules.patience) { [weak self] in
            if let self { self.enter(one, rest: []) } else { one.stream.close() }
        }
    }

    private func enter(_ one: Waiting, rest: [UInt8]) {
        forget(one)
        one.stream.handlers = ByteStream.Handlers()
        entered(Entrant(stream: one.stream, address: one.address, rest: rest))
    }
}
