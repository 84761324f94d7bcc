import ChatApplication
import ChatDomain
import JSONText
import Telemetry
import WireProtocol

/// What this loop's devices have received, gathered until it is logged: one event a second for many of them.
struct Acknowledgements {
    struct Device: Hashable {
        var user: UserID
        var device: String
    }
    /// Microseconds between two events at most.
    private static let interval: Int64 = 500_000
    /// How far a device has received its feed, and the newest message of each other user that arrived.
    private struct Cursor {
        var position = Position.start
        var delivered: [UserID: Int64] = [:]
    }
    private var cursors: [Device: Cursor] = [:]
    private var waiters: [CheckedContinuation<Bool, Never>] = []
    private var flushedAt: Int64 = 0
    private(set) var isFlushing = false

    mutating func add(_ device: Device, _ position: Position, delivered: [UserID: Int64]) {
        cursors[device, default: Cursor()].position = max(cursors[device]?.position ?? .start, position)
        if !delivered.isEmpty { cursors[device]?.delivered.merge(delivered) { max($0, $1) } }
    }

    mutating func wait(_ continuation: CheckedContinuation<Bool, Never>) { waiters.append(continuation) }

    var hasWaiters: Bool { !waiters.isEmpty }

    /// Whether something is to be logged, or just being.
    var isPending: Bool { isFlushing || !cursors.isEmpty }

    func isDue(_ now: Int64) -> Bool { !isFlushing && !cursors.isEmpty && now - flushedAt >= Self.interval }

    /// What is to be logged now, and who waits for it; nil if nothing is, or another flush is under way.
    mutating func begin(_ now: Int64) -> (
        entries: [FeedAcknowledged.Entry], waiters: [CheckedContinuation<Bool, Never>]
    )? {
        guard !isFlushing, !cursors.isEmpty || !waiters.isEmpty else { return nil }
        isFlushing = true
        flushedAt = now
        let entries = cursors.flatMap { Self.entries($0.key, $0.value) }
        defer {
            cursors = [:]
            waiters = []
        }
        return (entries, waiters)
    }

    private static func entries(_ device: Device, _ cursor: Cursor) -> [FeedAcknowledged.Entry] {
        var rest = cursor.delivered.map { FeedAcknowledged.Delivered(with: $0.key, seq: $0.value) }[...]
        var entries: [FeedAcknowledged.Entry] = []
        repeat {
            let part = Array(rest.prefix(FeedAcknowledged.Entry.maximumDelivered))
            rest = rest.dropFirst(part.count)
            entries.append(
                FeedAcknowledged.Entry(
                    user: device.user, device: device.device, position: cursor.position, delivered: part))
        } while !rest.isEmpty
        return entries
    }

    /// The flush is over; what could not be logged is kept for the next one.
    mutating func end(unlogged: [FeedAcknowledged.Entry]) {
        isFlushing = false
        for entry in unlogged {
            let delivered = entry.delivered.map { ($0.with, $0.seq) }
            add(
                Device(user: entry.user, device: entry.device), entry.position,
                delivered: Dictionary(delivered) { max($0, $1) })
        }
    }
}

extension LoopWorker {
    /// Counts up to the last position pushed, and is logged within a second.
    func acknowledge(_ call: Call) throws -> JSONValue {
        let session = try call.session()
        let position = Position(try call.parameters.integer("position", in: 0...Int64.max))
        let counted = min(position, session.pushed)
        if let item = ring.item(at: counted), counted > session.openedAt {
            services.metrics.stages.acknowledged.record(from: item.at, to: services.clock.now())
        }
        if let device = session.device, counted > .start {
            acknowledgements.add(
                Acknowledgements.Device(user: session.user, device: device), counted,
                delivered: session.arrivals.take(upTo: counted))
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
            let part = FeedAcknowledged.part(of: unlogged)
            let now = services.clock.now()
            guard await AcknowledgementLog.append(part, of: services.node, to: services.log, now: now) else { break }
            unlogged = unlogged.dropFirst(part.count)
        }
        acknowledgements.end(unlogged: Array(unlogged))
        waiters.forEach { $0.resume(returning: unlogged.isEmpty) }
        if acknowledgements.hasWaiters { await flushAcknowledgements() }
    }
}
