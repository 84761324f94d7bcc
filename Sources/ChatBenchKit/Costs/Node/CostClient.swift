import ChatDomain
import ChatSessions
import Reactor

/// Somebody who is logged in at the node that is measured. What is written to the connection is counted, and taken at
/// once.
final class CostClient: ByteTransport, @unchecked Sendable {
    let user: UserID
    /// Lines that were written.
    private(set) var lines = 0
    /// The last one.
    private(set) var last: [UInt8] = []
    private var handlers = ByteStream.Handlers()

    init(_ user: UserID, at worker: LoopWorker) {
        self.user = user
        worker.assumeIsolated { handlers = $0.accept(self, from: "192.0.2.1") }
    }

    /// Bytes of the client come in.
    func send(_ bytes: [UInt8]) { handlers.received(bytes) }

    func logIn() {
        send(Array(#"{"jsonrpc":"2.0","id":1,"method":"login","params":{"user":\#(user),"password":"p"}}"#.utf8) + [10])
    }

    /// The line of a message with a text of so many bytes.
    func line(to target: RequestTemplate.Target, bytes: Int) -> [UInt8] {
        RequestTemplate(target: target, run: 1, sender: Int(user.value), size: bytes).line(
            number: Int(user.value), intended: StillClock.time)
    }

    var queuedBytes: Int { 0 }
    var stalledSince: ContinuousClock.Instant? { nil }

    func write(_ bytes: [UInt8]) {
        lines += 1
        last = bytes
    }

    /// A socket would add a reference to them; so much is done here, too.
    func write(_ bytes: SharedBytes) {
        lines += 1
        shared = bytes
    }

    private var shared: SharedBytes?

    /// The last of those that many were sent.
    var lastShared: [UInt8] { shared?.bytes ?? [] }

    func pauseReading() {}
    func resumeReading() {}
    func closeAfterFlush(within limit: Duration) {}
    func close() {}
}
