import ChatSessions
import ChatTestKit
import JSONText
import Reactor

/// One connection, both ends of it: bytes go in pieces cut anywhere, wait on the way, and are lost where it breaks.
final class SimulatedConnection: ByteTransport, @unchecked Sendable {
    /// Bytes that are on their way to a client beside those that wait in the server.
    private static let window = 2_048

    private let timeline: Timeline
    /// The client's end.
    var received: ([UInt8]) -> Void = { _ in }
    var lost: () -> Void = {}
    private var loop: SimulatedLoop?
    private var handlers = ByteStream.Handlers()
    private var toServer: [UInt8] = []
    private var toClient: [UInt8] = []
    private var output: [UInt8] = []
    private var isPaused = false
    private var isClosing = false
    private var isMovingIn = false
    private var isMovingOut = false
    private var isFlushing = false
    /// The client takes nothing before.
    private var clientPausedUntil: Int64 = 0
    private(set) var isOver = false
    private var serverKnows = false
    /// Bytes that the server has received, and how many they were at each 503 that it sent, by the request's number.
    private var receivedBytes = 0
    private(set) var refusals: [(request: Int64, received: Int)] = []

    init(on timeline: Timeline) { self.timeline = timeline }

    // MARK: the client's end

    func send(_ bytes: [UInt8]) {
        guard !isOver else { return }
        toServer += bytes
        moveIn()
    }

    /// Takes nothing for a while.
    func stall(for microseconds: Int64) { clientPausedUntil = timeline.time + microseconds }

    /// Breaks here: what is on its way is lost, and both ends hear of it in their time.
    func cut() {
        guard !isOver else { return }
        isOver = true
        toServer = []
        timeline.after(timeline.milliseconds(0...50)) { [self] in tellServer() }
        timeline.after(timeline.milliseconds(0...50)) { [self] in tellClient() }
    }

    // MARK: the server's end

    func serve(on loop: SimulatedLoop, worker: LoopWorker) {
        self.loop = loop
        worker.execute { worker in
            self.handlers = worker.accept(self, from: "192.0.2.1")
            self.moveIn()
        }
    }

    var queuedBytes: Int { output.count }

    var stalledSince: ContinuousClock.Instant? { nil }

    func write(_ bytes: [UInt8]) {
        guard !isOver, !isClosing else { return }
        noteRefusal(bytes)
        output += bytes
        flush()
    }

    func write(_ bytes: SharedBytes) { write(bytes.bytes) }

    private func noteRefusal(_ line: [UInt8]) {
        guard line.count < 512, String(decoding: line, as: UTF8.self).contains(#""unavailable""#),
            let request = (try? JSONValue.parse(Array(line.dropLast())))?["id"]?.intValue
        else { return }
        refusals.append((request, receivedBytes))
    }

    func pauseReading() { isPaused = true }

    func resumeReading() {
        isPaused = false
        moveIn()
    }

    func closeAfterFlush(within limit: Duration) {
        guard !isClosing else { return }
        isClosing = true
        timeline.after(limit.microseconds) { [self] in end() }
        if output.isEmpty, toClient.isEmpty { end() }
    }

    func close() {
        output = []
        end()
    }

    /// The server's end is closed; what is on its way to the client still arrives.
    private func end() {
        guard !isOver else { return }
        isOver = true
        output = []
        tellServer()
        if toClient.isEmpty { tellClient() }
    }

    private func tellServer() {
        guard !serverKnows, let loop else { return }
        serverKnows = true
        loop.execute { [self] in
            let closed = handlers.closed
            handlers = ByteStream.Handlers()
            closed(.reset)
        }
    }

    private func tellClient() {
        toClient = []
        let lost = lost
        received = { _ in }
        self.lost = {}
        lost()
    }

    // MARK: on the way

    private func moveIn() {
        guard !isMovingIn, !toServer.isEmpty, loop != nil else { return }
        isMovingIn = true
        timeline.after(Int64(timeline.random.number(20...2_000))) { [self] in
            isMovingIn = false
            guard !isOver, !isPaused, let loop, !toServer.isEmpty else { return }
            let piece = Array(toServer.prefix(pieceSize(toServer.count)))
            toServer.removeFirst(piece.count)
            loop.execute { [self] in
                guard !isOver else { return }
                receivedBytes += piece.count
                handlers.received(piece)
            }
            moveIn()
        }
    }

    /// All of it, mostly; else cut anywhere.
    private func pieceSize(_ count: Int) -> Int {
        timeline.random.oneIn(4) ? timeline.random.number(1...count) : count
    }

    private func flush() {
        guard !isFlushing else { return }
        isFlushing = true
        timeline.after(Int64(timeline.random.number(5...300))) { [self] in
            isFlushing = false
            let room = min(output.count, max(0, Self.window - toClient.count))
            toClient += output.prefix(room)
            output.removeFirst(room)
            moveOut()
            guard !isOver, output.isEmpty else { return }
            loop?.execute { [self] in if !isOver { handlers.drained() } }
        }
    }

    private func moveOut() {
        guard !isMovingOut, !toClient.isEmpty else { return }
        isMovingOut = true
        let earliest = max(0, clientPausedUntil - timeline.time)
        timeline.after(earliest + Int64(timeline.random.number(20...2_000))) { [self] in
            isMovingOut = false
            guard !toClient.isEmpty else { return }
            guard clientPausedUntil <= timeline.time else { return moveOut() }
            let piece = toClient.prefix(pieceSize(toClient.count))
            timeline.trace.bytes(piece)
            toClient.removeFirst(piece.count)
            received(Array(piece))
            if !output.isEmpty { flush() }
            moveOut()
            guard toClient.isEmpty, output.isEmpty else { return }
            if isOver { tellClient() } else if isClosing { end() }
        }
    }
}
