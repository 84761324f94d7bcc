import CEvent

/// What a descriptor is ready for, or what is to be told about it.
public struct FileEvents: OptionSet, Sendable {
    /// libevent's bits.
    public let rawValue: Int16

    /// Wraps libevent's bits.
    public init(rawValue: Int16) {
        self.rawValue = rawValue
    }

    /// There are bytes to read, or the end of them, or a connection to accept, or an error to fetch.
    public static let read = FileEvents(rawValue: Int16(EV_READ))
    /// There is room to write, or a connection is established, or an error to fetch.
    public static let write = FileEvents(rawValue: Int16(EV_WRITE))
}

/// A standing interest in a descriptor that somebody else owns. Confined to its loop.
///
/// Level-triggered: the body is called in every tick in which the descriptor is ready for something of interest. The
/// loop holds the watch until `cancel()`, which must come before the descriptor is closed.
public final class FileWatch {
    private let loop: EventLoop
    private let readable: BaseEvent
    private let writable: BaseEvent
    private var interest: FileEvents = []

    init(_ loop: EventLoop, base: EventBase, descriptor: Int32, _ body: @escaping (FileEvents) -> Void) {
        self.loop = loop
        // Two events, so that a change of one interest leaves the other registered.
        readable = BaseEvent(base, descriptor: descriptor, events: EV_READ | EV_PERSIST) { _ in body(.read) }
        writable = BaseEvent(base, descriptor: descriptor, events: EV_WRITE | EV_PERSIST) { _ in body(.write) }
    }

    /// Replaces the interest. Cheap when nothing changes. Loop thread only.
    public func setInterest(_ events: FileEvents) {
        loop.preconditionOwned()
        let changed = interest.symmetricDifference(events)
        interest = events
        if changed.contains(.read) { events.contains(.read) ? readable.add() : readable.remove() }
        if changed.contains(.write) { events.contains(.write) ? writable.add() : writable.remove() }
    }

    /// Ends the watch: the body is not called again, not even later in this tick. Loop thread only; repeatable.
    public func cancel() {
        loop.preconditionOwned()
        interest = []
        readable.destroy()
        writable.destroy()
    }
}
