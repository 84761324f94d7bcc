/// One user's connection during a run, whatever protocol it speaks. Confined to the generator's loop.
protocol LoadClient: AnyObject {
    /// Its number among the clients.
    var index: Int { get }
    /// Whether a group shows it what it wrote itself.
    var isShownItsOwn: Bool { get }
    /// Why the server closed the connection, if it said so.
    var farewell: String? { get }

    /// From now on the session is told what comes.
    func begin(_ session: LoadSession)
    /// The session is told no more.
    func end()
    /// Sends a message of the session's.
    func send(_ message: [UInt8])
    /// Says that it has everything up to a position.
    func acknowledge(position: Int)
    /// Says something that asks for nothing.
    func keepAlive()
}

/// What clients and server speak.
enum BenchProtocol: String, CaseIterable {
    /// Parley's lines of JSON.
    case parley
    /// XMPP over plain TCP (RFC 6120), with stream management (XEP-0198) and rooms (XEP-0045).
    case xmpp
}

extension BenchClient: LoadClient {
    var isShownItsOwn: Bool { false }

    func begin(_ session: LoadSession) {
        self.session = LineSession(client: self, session: session)
    }

    func end() {
        session = nil
    }

    func send(_ message: [UInt8]) {
        write(message)
    }

    func acknowledge(position: Int) {
        write(Array(#"{"jsonrpc":"2.0","method":"ack","params":{"position":\#(position)}}"#.utf8) + [10])
    }

    func keepAlive() {
        write(Array(#"{"jsonrpc":"2.0","method":"ping"}"#.utf8) + [10])
    }
}
