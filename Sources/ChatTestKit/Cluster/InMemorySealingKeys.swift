public import ChatApplication
public import EventCodec
public import Sealing
import Synchronization

/// Sealing keys in memory.
public final class InMemorySealingKeys: SealingKeyStore {
    private struct State {
        var bySubject: [SealSubject: StoredKey] = [:]
        var byID: [Int64: SealingKey] = [:]
    }

    private let state = Mutex(State())

    /// No keys yet.
    public init() {}

    /// See `SealingKeyStore`.
    public func keys(for subjects: [SealSubject]) async throws(EventLogError) -> [SealSubject: StoredKey] {
        state.withLock { state in
            for subject in subjects where state.bySubject[subject] == nil {
                let stored = StoredKey(id: Int64(state.byID.count + 1), key: .random())
                state.bySubject[subject] = stored
                state.byID[stored.id] = stored.key
            }
            return state.bySubject.filter { subjects.contains($0.key) }
        }
    }

    /// See `SealingKeyStore`.
    public func keys(ids: [Int64]) async throws(EventLogError) -> [Int64: SealingKey] {
        state.withLock { $0.byID.filter { ids.contains($0.key) } }
    }
}
