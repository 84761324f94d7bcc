extension StreamState {
    static func evolveRead(_ state: StreamState?, _ event: ChatEvent) -> StreamState? {
        guard case .conversationRead(let event) = event else { return state }
        return .read(ReadState(seq: event.seq))
    }
}
