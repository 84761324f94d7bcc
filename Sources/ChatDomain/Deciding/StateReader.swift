/// A stream's state at a version.
public struct VersionedState: Sendable, Hashable {
    /// The version; 0 if the stream does not exist.
    public var version: Int64
    /// The state; nil if the stream does not exist.
    public var state: StreamState?
    /// A state at a version.
    public init(version: Int64, state: StreamState?) {
        self.version = version
        self.state = state
    }
}

/// Why a decision ended without events.
public enum DecisionStop: Error, Sendable, Hashable {
    /// The states of these streams are not at hand: load them and decide again.
    case missing([StreamName])
    /// The command is refused; the streams read so far are what the refusal rests on.
    case refused(Refusal)
}

/// Gives a decider the states that it asks for, and remembers which: they become the guards of the append.
public struct StateReader {
    private let lookup: (StreamName) -> VersionedState?
    /// What the decision rests on.
    public private(set) var reads: [(stream: StreamName, found: VersionedState)] = []
    /// What was asked for ahead, and need not be looked up again.
    private var noted: [(stream: StreamName, found: VersionedState)] = []

    /// A reader over the states at hand; nil means that a state is not at hand.
    public init(_ lookup: @escaping (StreamName) -> VersionedState?) { self.lookup = lookup }

    /// The state of a stream, guarded: the decision holds only while it has this version.
    public mutating func state(_ stream: StreamName) throws(DecisionStop) -> StreamState? {
        if let earlier = reads.first(where: { $0.stream == stream }) { return earlier.found.state }
        guard let found = noted.first(where: { $0.stream == stream })?.found ?? lookup(stream) else {
            throw .missing([stream])
        }
        reads.append((stream, found))
        return found.state
    }

    /// Asks for several streams at once, so that what is missing is loaded in one go.
    public mutating func prefetch(_ streams: [StreamName]) throws(DecisionStop) {
        var missing: [StreamName] = []
        noted.reserveCapacity(noted.count + streams.count)
        reads.reserveCapacity(reads.count + streams.count)
        for stream in streams {
            if let found = lookup(stream) { noted.append((stream, found)) } else { missing.append(stream) }
        }
        guard missing.isEmpty else { throw .missing(missing) }
    }
}
