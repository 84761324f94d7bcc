import Glibc
public import TLS

/// Why a stream came to its end.
public enum CloseReason: Equatable, Sendable {
    /// `close()` was called here.
    case local
    /// `closeAfterFlush()` was called here, and the kernel took everything.
    case flushed
    /// The peer, or its kernel, threw the connection away.
    case reset
    /// The handshake failed, or what came afterwards was not what the peer had sealed; the text says why.
    case insecure(String)
    /// The peer took nothing for too long, or did not end its handshake.
    case timedOut
    /// Something else went wrong; the value is `errno`.
    case failed(Int32)

    init(errno number: Int32) {
        self =
            switch number {
            case ECONNRESET, EPIPE: .reset
            case ETIMEDOUT: .timedOut
            default: .failed(number)
            }
    }
}

/// One connected TCP or Unix-domain socket. Confined to its loop, which holds the stream until it is closed.
///
/// Writes are gathered: what is written in one tick leaves with one system call at the tick's end. Nothing is kept
/// between the kernel and `received`, so a stream that reads holds no input, and one that is paused lets the kernel's
/// window fill. Output is bounded by whoever writes, by means of `queuedBytes`.
///
/// Handlers are called by the loop, never from within `write` or `close`.
public final class ByteStream: EndOfTick {
    /// What a stream tells. Called on the loop's thread; let go of after `closed`.
    public struct Handlers {
        /// Bytes came in: at most the read's high-water mark, at most 64 KiB.
        public var received: ([UInt8]) -> Void
        /// Everything written has been taken by the kernel.
        public var drained: () -> Void
        /// The peer sends no more, but may still read: write what is pending, then `closeAfterFlush()`. Without
        /// that call the stream stays open.
        public var ended: () -> Void
        /// The last call, exactly once, also after a close from this side.
        public var closed: (CloseReason) -> Void

        /// Handlers that do nothing where none is given.
        public init(
            received: @escaping ([UInt8]) -> Void = { _ in }, drained: @escaping () -> Void = {},
            ended: @escaping () -> Void = {}, closed: @escaping (CloseReason) -> Void = { _ in }
        ) {
            self.received = received
            self.drained = drained
            self.ended = ended
            self.closed = closed
        }
    }

    private enum State {
        case open
        /// `closeAfterFlush()`: no more writes are taken, input is discarded.
        case flushing
        /// Everything was sent, and the end too; input is discarded until the peer's end.
        case lingering
        /// `close()`: at the end of the tick.
        case closing
        case closed
    }

    /// The other end. A Unix-domain peer is mostly unnamed.
    public let peer: SocketAddress
    /// What is called. Reading begins when they are first set.
    public var handlers = Handlers() {
        didSet { begin() }
    }

    private let loop: EventLoop
    private let socket: Socket
    private let output = OutputBuffer()
    private var layer: SecureLayer?
    private var readable: BaseEvent?
    private var writable: BaseEvent?
    private var deadline: LoopTimer?
    private var state = State.open
    private var paused = false
    private var peerEnded = false
    private var flushScheduled = false
    private var blocked = false
    private var hasSaidEnd = false
    private var readHighWater = ReadBuffer.capacity

    /// System calls that one flush makes for one stream before it lets others go first.
    private static let sendsPerFlush = 16

    /// Takes over a connected socket. Loop thread only.
    init(_ socket: Socket, peer: SocketAddress, on loop: EventLoop) {
        loop.preconditionCurrent()
        self.socket = socket
        self.peer = peer
        self.loop = loop
        if peer.family != .unix { socket.disableNagle() }
    }

    deinit {
        // Dropped without having begun: no event holds it, and nothing else closes the descriptor.
        if state != .closed { socket.close() }
    }

    // MARK: Writing

    /// Bytes accepted by `write` and not yet taken by the kernel.
    public var queuedBytes: Int { output.count + (layer?.wire.count ?? 0) }

    /// Since when the kernel has taken not a byte of what is queued; nil if it takes what it is offered.
    public private(set) var stalledSince: ContinuousClock.Instant?

    /// Queues a copy of `bytes` for the end of the tick. Does nothing once the stream is closing.
    public func write(_ bytes: [UInt8]) {
        loop.preconditionCurrent()
        guard state == .open, !bytes.isEmpty else { return }
        output.append(bytes)
        scheduleFlush()
    }

    /// Queues `bytes`, or the first of them, for the end of the tick, without a copy if they are many. Does nothing
    /// once it is closing.
    public func write(_ bytes: SharedBytes, first count: Int = .max) {
        loop.preconditionCurrent()
        let count = min(count, bytes.count)
        guard state == .open, count > 0 else { return }
        output.append(bytes, first: count)
        scheduleFlush()
    }

    private func scheduleFlush() {
        guard !flushScheduled && !blocked else { return }
        flushScheduled = true
        loop.atEndOfTick(self)
    }

    func endOfTick() {
        flushScheduled = false
        if let layer, let bytes = layer.unread {
            layer.unread = nil
            if state == .open || state == .flushing { opened(bytes, by: layer) }
        }
        switch state {
        case .open, .flushing: flush()
        case .closing: finish(.local)
        case .lingering, .closed: break
        }
    }

    private func flush() {
        let wire = layer?.wire ?? output
        for _ in 0..<ByteStream.sendsPerFlush {
            layer?.seal(output)
            guard wire.count > 0 else { break }
            switch wire.send(to: socket.descriptor) {
            case .sent: stalledSince = nil
            case .blocked: return waitForRoom()
            case .failed(let number): return finish(CloseReason(errno: number))
            }
        }
        stopWaiting()
        layer?.seal(output)
        // Whether the kernel takes more is not known yet, and it would not say so: others go first, then it is asked.
        if wire.count > 0 { return scheduleFlush() }
        // Otherwise what waits can be sealed only after the handshake.
        if output.count == 0 { flushed() }
    }

    private func waitForRoom() {
        if stalledSince == nil { stalledSince = .now }
        guard !blocked else { return }
        blocked = true
        let event = writable ?? loop.event(socket.descriptor, .write) { [self] in flush() }
        writable = event
        event.add()
    }

    private func stopWaiting() {
        guard blocked else { return }
        blocked = false
        writable?.remove()
    }

    private func flushed() {
        guard state == .flushing else { return handlers.drained() }
        if let layer, !hasSaidEnd {
            hasSaidEnd = true
            layer.end()
            return flush()
        }
        linger()
    }

    // MARK: Reading

    /// Takes no more input until `resumeReading()`; an end or a reset is not noticed meanwhile, unless by writing.
    public func pauseReading() {
        loop.preconditionCurrent()
        guard state == .open else { return }
        paused = true
        readable?.remove()
    }

    /// Takes input again.
    public func resumeReading() {
        loop.preconditionCurrent()
        guard state == .open, paused else { return }
        paused = false
        readWhenReady()
    }

    /// Limits the bytes of one call of `received`, and so of one tick: 1 to 65536, the default.
    public func setReadHighWater(_ bytes: Int) {
        loop.preconditionCurrent()
        readHighWater = min(max(bytes, 1), ReadBuffer.capacity)
    }

    private func begin() {
        guard readable == nil, state == .open else { return }
        loop.preconditionCurrent()
        // From here on the loop holds the stream.
        readable = loop.event(socket.descriptor, .read) { [self] in becameReadable() }
        if !paused { readWhenReady() }
    }

    private func readWhenReady() {
        guard !peerEnded else { return }
        readable?.add()
    }

    private func becameReadable() {
        switch loop.readBuffer.read(socket.descriptor, atMost: readHighWater) {
        case .bytes(let bytes):
            if let layer {
                if state == .open || state == .flushing { opened(bytes, by: layer) }
            } else if state == .open {
                handlers.received(bytes)
            }
        case .blocked: break
        case .end: becameEnded()
        case .failed(let number): finish(CloseReason(errno: number))
        }
    }

    private func becameEnded() {
        if layer?.isEstablished == false { return finish(.reset) }
        peerEnded = true
        readable?.remove()
        switch state {
        case .open: handlers.ended()
        case .lingering: finish(.flushed)
        case .flushing, .closing, .closed: break
        }
    }

    // MARK: TLS

    /// From here on the bytes of the socket are those of a session; what `received` is given, and what is written,
    /// are the plain ones. A half-closed peer still reads. Handlers must be set; to be called once, before anything
    /// was written.
    ///
    /// - Parameters:
    ///   - received: what came from the socket already.
    ///   - limit: how long the handshake may take before the stream is closed as `timedOut`.
    ///   - established: called once the handshake is through, before the first plain bytes.
    public func secure(
        _ session: TLSSession, received: [UInt8] = [], within limit: Duration, established: @escaping () -> Void
    ) {
        loop.preconditionCurrent()
        guard state == .open else { return }
        precondition(layer == nil && output.count == 0, "there is something in the clear")
        let layer = SecureLayer(session, received: received, established: established)
        layer.deadline = loop.schedule(after: limit) { [weak self] in self?.finish(.timedOut) }
        self.layer = layer
        scheduleFlush()
    }

    private func opened(_ bytes: [UInt8], by layer: SecureLayer) {
        let plain = layer.receive(bytes)
        scheduleFlush()
        if !plain.bytes.isEmpty, state == .open { handlers.received(plain.bytes) }
        switch plain.end {
        case .closed: becameEnded()
        case .failed(let reason) where state != .closed:
            // An alert is to arrive, if the kernel takes it.
            layer.seal(output)
            if layer.wire.count > 0 { _ = layer.wire.send(to: socket.descriptor) }
            finish(.insecure(reason))
        case .failed, nil: break
        }
    }

    // MARK: Closing

    /// Sends what is queued, then the end, then waits for the peer's end, so that the peer surely can read it all.
    ///
    /// Input is discarded from now on. After `limit` the connection is cut, if it still stands.
    public func closeAfterFlush(within limit: Duration = .seconds(5)) {
        loop.preconditionCurrent()
        guard state == .open else { return }
        begin()
        state = .flushing
        // Without reading on, unread input would make the kernel reset the connection and destroy our last words.
        paused = false
        readWhenReady()
        deadline = loop.schedule(after: limit) { [self] in finish(state == .lingering ? .flushed : .timedOut) }
        scheduleFlush()
    }

    /// Cuts the connection at the end of the tick; what is queued is dropped.
    public func close() {
        loop.preconditionOwned()
        guard state != .closed && state != .closing else { return }
        state = .closing
        readable?.remove()
        writable?.remove()
        guard loop.isCurrent else { return finish(.local) }
        if !flushScheduled {
            flushScheduled = true
            loop.atEndOfTick(self)
        }
    }

    private func linger() {
        state = .lingering
        socket.endWriting()
        if peerEnded { finish(.flushed) }
    }

    private func finish(_ reason: CloseReason) {
        guard state != .closed else { return }
        state = .closed
        deadline?.cancel()
        deadline = nil
        layer?.deadline?.cancel()
        layer = nil
        readable?.destroy()
        writable?.destroy()
        socket.close()
        output.removeAll()
        stalledSince = nil
        let closed = handlers.closed
        handlers = Handlers()
        closed(reason)
    }
}
