import ChatApplication
import ChatDomain
import JSONText
import WireProtocol

/// What this loop's devices have received, gathered until it is logged: one event a second for many of them.
struct Acknowledgements {
    struct Device: Hashable {
        var user: UserID
        var device: String
    }
    /// Microseconds between two events at most.
    private static let interval: Int64 = 500_000
    private var positions: [Device: Position] = [:]
    private var waiters: [CheckedContinuation<Bool, Never>] = []
    private var flushedAt: Int64 = 0
    private(set) var isFlushing = false

    mutating func add(_ device: Device, _ position: Position) {
        positions[device] = max(positions[device] ?? .start, position)
    }

    mutating func wait(_ continuation: CheckedContinuation<Bool, Never>) { waiters.append(continuation) }

    var hasWaiters: Bool { !waiters.isEmpty }

    func isDue(_ now: Int64) -> Bool { !isFlushing && !positions.isEmpty && now - flushedAt >= Self.interval }

    /// What is to be logged now, and who waits for it; nil if nothing is, or another flush is under way.
    mutating func begin(_ now: Int64) -> (
        entries: [FeedAcknowledged.Entry], waiters: [CheckedContinuation<Bool, Never>]
    )? {
        guard !isFlushing, !positions.isEmpty || !waiters.isEmpty else { return nil }
        isFlushing = true
        flushedAt = now
        let entries = positions.map {
            FeedAcknowledged.Entry(user: $0.key.user, device: $0.key.device, position: $0.value)
        }
        defer {
            positions = [:]
            waiters = []
        }
        return (entries, waiters)
    }

    /// The flush is over; what could not be logged is kept for the next one.
    mutating func end(unlogged: [FeedAcknowledged.Entry]) {
        isFlushing = false
        for entry in unlogged { add(Device(user: entry.user, device: entry.device), entry.position) }
    }
}

extension LoopWorker {
    /// Counts up to the last position pushed, and is logged within a second.
    func acknowledge(_ call: Call) throws -> JSONValue {
        let session = try call.session()
        let position = Position(try call.parameters.integer("position", in: 0...Int64.max))
        let counted = min(position, session.pushed)
        if let device = session.device, counted > .start {
            acknowledgements.add(Acknowledgements.Device(user: session.user, device: device), counted)
        }
        return [:]
    }

    /// The same, answered when it is on disk.
    func acknowledgeDurably(_ call: Call) async throws -> JSONValue {
        _ = try acknowledge(call)
        guard try call.session().device != nil else { return [:] }
        let isLogged = await withCheckedContinuation { continuation in
            acknowledgements.wait(continuation)
            Task(executorPreference: loop) { await self.flushAcknowledgements() }
        }
        guard isLogged else { throw RPCError.refusal(.unavailable, retryAfter: 1_000) }
        return [:]
    }

    func flushAcknowledgements() async {
        guard let (entries, waiters) = acknowledgements.begin(services.clock.now()) else { return }
        var unlogged = entries[...]
        while !unlogged.isEmpty {
            let part = Array(unlogged.prefix(FeedAcknowledged.maximumEntries))
            let now = services.clock.now()
            guard await AcknowledgementLog.append(part, of: services.node, to: services.log, now: now) else { break }
            unlogged = unlogged.dropFirst(part.count)
        }
        acknowledgements.end(unlogged: Array(unlogged))
        waiters.forEach { $0.resume(returning: unlogged.isEmpty) }
        if acknowledgements.hasWaiters { await flushAcknowledgements() }
    }
}
