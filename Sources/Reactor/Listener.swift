import Glibc

/// A listening socket of one loop. Confined to its loop, which holds it until `close()`.
///
/// Listeners of several loops may share one TCP port: the kernel spreads connections over them. A Unix-domain path
/// has one listener.
public final class Listener {
    /// The address with the port that the kernel chose, if 0 was asked for.
    public let boundAddress: SocketAddress

    private let loop: EventLoop
    private let socket: Socket
    private let accepted: (ByteStream) -> Void
    private var event: BaseEvent?
    private var retry: LoopTimer?
    private var paused = false

    /// Connections that wait in the kernel; more are refused by it.
    private static let backlog: Int32 = 1024
    /// Connections taken in one tick, so that a storm of them leaves time for those that stand.
    private static let acceptsPerTick = 64
    /// How long nothing is accepted once descriptors or memory have run out.
    private static let pauseWhenExhausted = Duration.milliseconds(100)

    /// Listens from now on. Loop thread only.
    ///
    /// - Parameter sharingPort: Whether listeners of other loops may have the same TCP port; without it a port that
    ///   anybody else has is an error.
    /// - Parameter accepted: Called on the loop with each connection; it reads once its handlers are set.
    /// - Throws: `SocketError`. A path that a dead program left behind is taken over.
    public init(
        on loop: EventLoop, address: SocketAddress, sharingPort: Bool = true,
        accepted: @escaping (ByteStream) -> Void
    ) throws(SocketError) {
        loop.preconditionCurrent()
        self.loop = loop
        self.accepted = accepted
        socket = try Socket.listening(on: address, backlog: Listener.backlog, sharingPort: sharingPort)
        boundAddress = socket.localAddress()
        let event = loop.event(socket.descriptor, .read) { [self] in acceptSome() }
        event.add()
        self.event = event
    }

    /// Leaves new connections in the kernel's backlog.
    public func pause() {
        loop.preconditionCurrent()
        paused = true
        event?.remove()
    }

    /// Accepts again.
    public func resume() {
        loop.preconditionCurrent()
        paused = false
        retry?.cancel()
        event?.add()
    }

    /// Stops listening; streams that were accepted go on. A Unix-domain path is removed. Repeatable.
    public func close() {
        loop.preconditionOwned()
        guard let event else { return }
        event.destroy()
        self.event = nil
        retry?.cancel()
        socket.close()
        if case .unix(let path) = boundAddress.form { removeFile(path) }
    }

    private func acceptSome() {
        for _ in 0..<Listener.acceptsPerTick where event != nil && !paused {
            switch socket.accept() {
            case .success(let (connection, peer)):
                accepted(ByteStream(connection, peer: peer, on: loop))
            case .failure(let number) where Listener.exhausted.contains(number.value):
                return rest()
            case .failure(let number) where number.value == EAGAIN:
                return
            case .failure:
                // The connection died while it waited, or a signal came: the next may be well.
                continue
            }
        }
    }

    private static let exhausted: Set<Int32> = [EMFILE, ENFILE, ENOBUFS, ENOMEM]

    /// The socket stays readable, so going on at once would only burn time.
    private func rest() {
        event?.remove()
        retry = loop.schedule(after: Listener.pauseWhenExhausted) { [self] in
            if !paused { event?.add() }
        }
    }
}

extension Socket {
    /// A socket that listens. A path that nobody listens on is removed first.
    static func listening(on address: SocketAddress, backlog: Int32, sharingPort: Bool) throws(SocketError) -> Socket {
        if case .unix(let path) = address.form, try isDead(address) { removeFile(path) }
        let socket = try Socket.open(for: address)
        do throws(SocketError) {
            if address.family != .unix {
                socket.reuseAddress()
                if sharingPort { socket.sharePort() }
            }
            try socket.bind(to: address)
            try socket.listen(backlog: backlog)
            return socket
        } catch {
            socket.close()
            throw error
        }
    }

    private static func isDead(_ address: SocketAddress) throws(SocketError) -> Bool {
        let probe = try Socket.open(for: address)
        defer { probe.close() }
        do throws(SocketError) {
            _ = try probe.connect(to: address)
            return false
        } catch {
            return error.number == ECONNREFUSED
        }
    }
}
