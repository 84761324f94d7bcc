import Reactor

/// What a client's bytes came to.
enum ClientInput: Equatable {
    /// One JSON text.
    case frame([UInt8])
    /// A frame beyond the limit: it is answered, and nothing after it is looked at.
    case tooLarge
    /// The client sends no more, or broke the rules of its transport: nothing more is looked at.
    case ended
}

/// Why the server ends a connection, where the transport has a word for it.
enum Farewell {
    /// Nothing is wrong.
    case done
    /// The server ends it, whatever the client did: what follows a `goaway`.
    case goingAway
    /// The same for a client that took not a byte for long, and may need a while to begin again.
    case slow
    /// The client did what the server does not put up with.
    case refused

    /// How long the client may take to take it all; then the connection is cut.
    var patience: Duration { self == .slow ? .seconds(30) : .seconds(5) }
}

/// A connection's frames, whatever carries them. Confined to its loop.
///
/// What is written is whole lines of the protocol, one JSON text each with its LF.
protocol ClientStream: AnyObject {
    /// Bytes accepted and not yet taken by the kernel.
    var queuedBytes: Int { get }
    /// Since when the kernel has taken not a byte of what is queued.
    var stalledSince: ContinuousClock.Instant? { get }
    /// Takes bytes of the client and gives what they complete, in order.
    func receive(_ bytes: [UInt8]) -> [ClientInput]
    /// Queues one line.
    func write(_ line: [UInt8])
    /// Queues one line that many streams send.
    func write(_ line: SharedBytes)
    func pauseReading()
    func resumeReading()
    /// Sends what is queued and what the transport says at the end, then closes.
    func closeAfterFlush(_ farewell: Farewell)
    /// Cuts the connection.
    func close()
}
