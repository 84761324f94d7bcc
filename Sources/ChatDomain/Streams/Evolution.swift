extension StreamState {
    /// The state of a stream after an event that lives in it or touched it; nil where a stream keeps no state.
    ///
    /// An event that says nothing about the stream leaves the state as it is.
    ///
    /// `time`, in microseconds since 1970 UTC, is the decision's own clock when the state is made with the
    /// decision, and the log's `recordedAt` when it is folded from the log. The two differ by the time that a
    /// command waits for its append. Only `DevicesState.Entry.usedAt` takes it, and only a token's life of days is
    /// measured by it; which device is longest unused goes by the order of the entries, which is that of the log.
    public static func evolve(
        _ state: StreamState?, stream: StreamName, event: ChatEvent, at time: Int64
    ) -> StreamState? {
        switch stream.kind {
        case .account: evolveAccount(state, event)
        case .name: evolveName(state, event)
        case .devices: evolveDevices(state, event, at: time)
        case .counts(let user): evolveCounts(state, event, of: user)
        case .contact: evolveContact(state, event)
        case .group: evolveGroup(state, event)
        case .roster: evolveRoster(state, event)
        case .member(_, let user): evolveMember(state, event, of: user)
        case .message: evolveMessage(state, event)
        case .reaction: evolveReaction(state, event)
        case .read: evolveRead(state, event)
        case .node: evolveNode(state, event)
        case .stateless: nil
        }
    }
}
