/// What bytes of the peer came to.
public struct TLSReceived: Equatable, Sendable {
    /// How a session's input ends.
    public enum End: Equatable, Sendable {
        /// The peer sends no more.
        case closed
        /// The session is broken, or was none; the text says why.
        case failed(String)
    }

    /// What the peer said.
    public var bytes: [UInt8] = []
    /// Set once nothing more can come.
    public var end: End?
}

/// A session that can be taken up again without a whole handshake.
public final class TLSResumption: Sendable {
    let handle: ResumptionHandle

    init(_ handle: ResumptionHandle) { self.handle = handle }
}

/// TLS between two streams of bytes, without a socket: the peer's bytes go in, plain ones come out, and what is for the
/// peer waits in `takeOutput`. Confined to whoever owns it.
public final class TLSSession {
    private let handle: SessionHandle
    private let isServer: Bool
    private var isFirst = true
    private var end: TLSReceived.End?

    /// Whether the handshake is through.
    public private(set) var isEstablished = false

    /// The server's end of a connection.
    public init(server context: TLSContext) {
        precondition(context.isServer, "a client's context")
        handle = SessionHandle(context.handle, isServer: true)
        isServer = true
    }

    /// The client's end of a connection to a host, which is a name or an address and must fit the certificate.
    /// `receive([])` begins the handshake.
    public init(client context: TLSContext, host: String, resuming former: TLSResumption? = nil) {
        precondition(!context.isServer, "a server's context")
        handle = SessionHandle(context.handle, isServer: false)
        isServer = false
        handle.expect(host: host)
        if let former { handle.resume(former.handle) }
    }

    /// Takes bytes of the peer and gives what they say.
    public func receive(_ bytes: [UInt8]) -> TLSReceived {
        if let end { return TLSReceived(end: end) }
        let isPlain = isServer && isFirst && bytes.first.map { $0 != TLSSession.handshakeRecord } == true
        if !bytes.isEmpty { isFirst = false }
        var received = TLSReceived()
        if isPlain {
            // OpenSSL would say nothing to whoever speaks no TLS.
            handle.send(TLSSession.wrongVersion)
            received.end = .failed("the peer speaks no TLS")
        } else {
            handle.withInput(bytes) { read(into: &received) }
        }
        end = received.end
        return received
    }

    private func read(into received: inout TLSReceived) {
        if !isEstablished {
            switch handle.shakeHands() {
            case .done: isEstablished = true
            case .wantsMore: return
            case .ended: return received.end = .closed
            case .failed(let reason): return received.end = .failed(reason)
            }
        }
        while true {
            switch handle.read(into: &received.bytes) {
            case .done: continue
            case .wantsMore: return
            case .ended: return received.end = .closed
            case .failed(let reason): return received.end = .failed(reason)
            }
        }
    }

    /// Seals bytes for the peer. Only once the session is established.
    public func write(_ bytes: [UInt8]) {
        precondition(isEstablished, "not established")
        handle.write(bytes)
    }

    /// Says that nothing more will be written.
    public func close() {
        if isEstablished { handle.close() }
    }

    /// What is for the peer.
    public func takeOutput() -> [UInt8] { handle.takeOutput() }

    /// Whether this session took up a former one.
    public var isResumed: Bool { handle.isResumed }

    /// The version that is spoken, such as `TLSv1.3`.
    public var version: String { handle.version }

    /// What a client needs to take the session up again; to be asked for once something was received.
    public var resumption: TLSResumption? { handle.resumption.map { TLSResumption($0) } }

    /// The type of the record that begins a session.
    private static let handshakeRecord: UInt8 = 22
    /// A fatal alert: protocol_version.
    private static let wrongVersion: [UInt8] = [21, 3, 1, 0, 2, 2, 70]
}
