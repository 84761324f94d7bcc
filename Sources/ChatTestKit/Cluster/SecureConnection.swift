public import TLS

/// A connection over TLS to this machine. Confined to one thread.
public final class SecureConnection: ClientCarrier {
    private let socket: ClientSocket
    /// The client's end of the session.
    public let session: TLSSession
    private var plain: [UInt8] = []
    private var hasEnded = false

    /// Connects, sends `preface` in the clear, and shakes hands; throws if that does not succeed.
    ///
    /// - Parameter pieces: bytes that are sent at once, until the handshake is through.
    public init(
        port: Int, context: TLSContext, preface: [UInt8] = [], pieces: Int = .max, resuming: TLSResumption? = nil
    ) throws(ClientFailure) {
        socket = try ClientSocket(port: port)
        session = TLSSession(client: context, host: "localhost", resuming: resuming)
        _ = session.receive([])
        var waiting = preface + session.takeOutput()
        while !session.isEstablished {
            while !waiting.isEmpty {
                try socket.send(Array(waiting.prefix(pieces)))
                waiting.removeFirst(min(pieces, waiting.count))
            }
            guard let bytes = socket.receive(within: .seconds(30)), !bytes.isEmpty else { throw .closed }
            take(bytes)
            if hasEnded { throw .closed }
            waiting = session.takeOutput()
        }
        try socket.send(waiting)
    }

    private func take(_ bytes: [UInt8]) {
        let received = session.receive(bytes)
        plain += received.bytes
        if received.end != nil { hasEnded = true }
    }

    /// Sends bytes, sealed.
    public func send(_ bytes: [UInt8]) throws(ClientFailure) {
        session.write(bytes)
        try socket.send(session.takeOutput())
    }

    /// What has come, empty at the end, nil if nothing came in time.
    public func receive(within patience: Duration) -> [UInt8]? {
        let deadline = ContinuousClock.now + patience
        while plain.isEmpty {
            if hasEnded { return [] }
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero, let bytes = socket.receive(within: left) else { return nil }
            if bytes.isEmpty { hasEnded = true } else { take(bytes) }
        }
        defer { plain = [] }
        return plain
    }

    /// Says in TLS that nothing more is sent; the connection beneath stays open.
    public func endSending() {
        session.close()
        try? socket.send(session.takeOutput())
    }

    /// Ends the connection beneath without a word in TLS; still reads.
    public func endSocket() { socket.endSending() }

    /// Closes it at once.
    public func close() { socket.close() }
}
