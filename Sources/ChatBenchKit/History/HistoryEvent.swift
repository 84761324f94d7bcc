import ChatDomain

/// An event of a made history with its envelope, as the log will hold it but for the sealing.
struct HistoryEvent: Equatable {
    var event: ChatEvent
    var stream: StreamName
    var touched: [StreamName]
    var position: Int64
    /// In its stream.
    var version: Int64
    /// In microseconds since 1970 UTC.
    var time: Int64
    var actor: UserID?
    var session: SessionID?
    var device: String?
    var node: NodeName?
}

/// The head of a stream: what a node decides on.
struct HistoryHead {
    var version: Int64 = 0
    var position: Int64 = 0
    var state: StreamState?
}
