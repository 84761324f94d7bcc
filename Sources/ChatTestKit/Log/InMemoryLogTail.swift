public import ChatApplication
public import ChatDomain
import Synchronization

/// The newest end of a log in memory: whoever waits is woken by the append itself, in simulated time.
public final class InMemoryLogTail: LogTail {
    private let log: InMemoryEventLog
    private let loop: SimulatedLoop
    private let waiting = Mutex<[Int: CheckedContinuation<Void, Never>]>([:])
    private let numbers = Mutex(0)

    /// The tail of a log.
    public init(_ log: InMemoryEventLog, loop: SimulatedLoop) {
        self.log = log
        self.loop = loop
        log.onAppend { [weak self] _ in self?.wakeAll() }
    }

    /// See `LogTail`.
    public func next(after: Position, limit: Int, timeout: Duration) async throws(EventLogError) -> [RecordedEvent] {
        let events = try await log.read(after: after, upTo: nil, limit: limit)
        guard events.isEmpty else { return events }
        let number = numbers.withLock { number in
            number += 1
            return number
        }
        await withCheckedContinuation { continuation in
            waiting.withLock { $0[number] = continuation }
            loop.after(timeout) { [weak self] in self?.wake(number) }
        }
        return try await log.read(after: after, upTo: nil, limit: limit)
    }

    /// Waits it out.
    public func rest(after: Position, atMost limit: Duration) async {
        await withCheckedContinuation { continuation in loop.after(limit) { continuation.resume() } }
    }

    /// See `LogTail`.
    public func hint(_ hint: LogHint) { wakeAll() }

    private func wake(_ number: Int) {
        let continuation = waiting.withLock { $0.removeValue(forKey: number) }
        continuation?.resume()
    }

    private func wakeAll() {
        let numbers = waiting.withLock { $0.keys.sorted() }
        for number in numbers { wake(number) }
    }
}
