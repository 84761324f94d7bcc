/// How far somebody has a conversation: on one of the devices, or read.
public enum ReadingProgress: Sendable, Hashable {
    /// Everything up to this `seq` has arrived.
    case delivered(Int64)
    /// Everything up to this `seq` is read.
    case read(Int64)

    /// The `seq`.
    public var seq: Int64 {
        switch self {
        case .delivered(let seq), .read(let seq): seq
        }
    }

    /// Whether it says more than what is known of the same kind.
    public func isBeyond(delivered: Int64, read: Int64) -> Bool {
        switch self {
        case .delivered(let seq): seq > delivered
        case .read(let seq): seq > read
        }
    }
}
