public import Reactor

/// The bytes of one connection: a socket's, or simulated ones. Confined to its loop, which calls the handlers that
/// `LoopWorker.accept` gives, never from within `write` or `close`.
public protocol ByteTransport: AnyObject {
    /// Bytes accepted by `write` and not yet taken by the kernel.
    var queuedBytes: Int { get }
    /// Since when the kernel has taken not a byte of what is queued.
    var stalledSince: ContinuousClock.Instant? { get }
    /// Queues bytes.
    func write(_ bytes: [UInt8])
    /// Queues bytes that many connections send.
    func write(_ bytes: SharedBytes)
    /// Takes no more input until `resumeReading`.
    func pauseReading()
    /// Takes input again.
    func resumeReading()
    /// Sends what is queued, then the end; after `limit` the connection is cut.
    func closeAfterFlush(within limit: Duration)
    /// Cuts the connection; what is queued is dropped.
    func close()
}

extension ByteStream: ByteTransport {
    /// Queues bytes that many connections send.
    public func write(_ bytes: SharedBytes) { write(bytes, first: .max) }
}
