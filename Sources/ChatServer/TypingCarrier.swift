import ChatApplication
import ChatDomain
import ChatSessions
import Reactor

/// Carries who is typing to the loops of this node, and over Redis to those of the others. It keeps nothing.
final class TypingCarrier: Sendable {
    /// Signals that wait for Redis; beyond it the oldest are dropped.
    private static let limit = 256

    private let node: NodeName
    private let workers = Lock<[LoopWorker]>([])
    private let waiting: AsyncStream<TypingSignal>
    private let outgoing: AsyncStream<TypingSignal>.Continuation

    init(node: NodeName) {
        self.node = node
        (waiting, outgoing) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.limit))
    }

    /// From here on these loops are told.
    func begin(_ workers: [LoopWorker]) { self.workers.withLock { $0 = workers } }

    /// Tells everybody. Any thread.
    func say(_ signal: TypingSignal) {
        tell(signal)
        outgoing.yield(signal)
    }

    private func tell(_ signal: TypingSignal) {
        for worker in workers.withLock({ $0 }) { worker.tell(signal) }
    }

    /// Passes on what this node's users do, until the task is cancelled.
    func send(over fanOut: any FanOut) async {
        for await signal in waiting { await fanOut.say(signal) }
    }

    /// Takes in what other nodes' users do, until the task is cancelled.
    func listen(to fanOut: any FanOut, on loop: EventLoop) async {
        while !Task.isCancelled {
            await fanOut.onTyping { [self] signal in
                if signal.node != node { tell(signal) }
            }
            await loop.sleep(for: .seconds(1))
        }
    }
}
