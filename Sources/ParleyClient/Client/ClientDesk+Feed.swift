import JSONText
import Synchronization

/// The feed's way from the client's thread to its consumer.
extension ClientDesk {
    private enum Taken {
        case push(Push, wasFull: Bool)
        case end(ChatError)
        case nothing
    }

    /// Waits for a push; nil at the end, or when the task is cancelled.
    func nextPush() async throws -> Push? {
        start()
        let id = state.withLock { state in
            state.lastId += 1
            return state.lastId
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                switch take(orWaitAs: id, continuation) {
                case .push(let push, let wasFull):
                    if wasFull { order(.room) }
                    continuation.resume(returning: .success(push))
                case .end(.closed): continuation.resume(returning: .success(nil))
                case .end(let error): continuation.resume(returning: .failure(error))
                case .nothing: if Task.isCancelled { stopReading(id) }
                }
            }
        } onCancel: {
            stopReading(id)
        }
        return try outcome.get()
    }

    private func take(
        orWaitAs id: UInt64, _ continuation: CheckedContinuation<Result<Push?, ChatError>, Never>
    ) -> Taken {
        state.withLock { state in
            let wasFull = !state.feed.hasRoom
            if let push = state.feed.next() {
                // The thread has to know when there is room, and when nothing waits any more.
                return .push(push, wasFull: wasFull || state.feed.isEmpty)
            }
            if let end = state.end { return .end(end) }
            state.readers.append((id, continuation))
            return .nothing
        }
    }

    private func stopReading(_ id: UInt64) {
        let continuation = state.withLock { state in
            state.readers.firstIndex { $0.id == id }.map { state.readers.remove(at: $0).continuation }
        }
        continuation?.resume(returning: .success(nil))
    }

    /// The consumer has done with everything up to a position. Told to the server when nothing more waits, or every so
    /// many pushes.
    func dealtWith(_ position: Int64) {
        guard configuration.acknowledgesWhatWasTaken else { return }
        let isDue = state.withLock { state in
            // Handed out before the server was restored: its position means something else now.
            guard position <= state.feed.handedOut else { return false }
            state.dealtWith = max(state.dealtWith, position)
            state.sinceAcknowledgement += 1
            guard state.feed.isEmpty || state.sinceAcknowledgement >= ClientDesk.pushesPerAcknowledgement else {
                return false
            }
            state.sinceAcknowledgement = 0
            return true
        }
        if isDue { bell.ring() }
    }

    /// Takes a push of the server. Called by the client's thread.
    func deliver(_ push: Push, bytes: Int) {
        let (reader, next) = state.withLock { state in
            state.feed.add(push, bytes: bytes)
            guard !state.readers.isEmpty, let next = state.feed.next() else { return (nil as Reader?, nil as Push?) }
            return (state.readers.removeFirst().continuation, next)
        }
        reader?.resume(returning: .success(next))
    }

    private typealias Reader = CheckedContinuation<Result<Push?, ChatError>, Never>
}
