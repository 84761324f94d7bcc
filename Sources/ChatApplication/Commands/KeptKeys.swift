public import EventCodec
public import Sealing
import Synchronization

/// A store whose keys are kept by their ids, bounded, for all rings over it, whichever thread they are on.
///
/// What is destroyed meanwhile is forgotten as soon as the store under it says that something was.
public final class KeptKeys: SealingKeyStore {
    private struct Kept {
        var keys: GenerationalCache<Int64, SealingKey>
        var generation: Int64
    }

    private let store: any SealingKeyStore
    private let kept: Mutex<Kept>

    /// Keeps two generations of at most `limit` keys.
    public init(_ store: any SealingKeyStore, limit: Int = 50_000) {
        self.store = store
        kept = Mutex(Kept(keys: GenerationalCache(limit: limit), generation: store.generation))
    }

    /// Not kept: whoever seals asks for its own.
    public func keys(for subjects: [SealSubject]) async throws(EventLogError) -> [SealSubject: StoredKey] {
        try await store.keys(for: subjects)
    }

    /// Only those that are not at hand are fetched.
    public func keys(ids: [Int64]) async throws(EventLogError) -> [Int64: SealingKey] {
        let generation = store.generation
        var found: [Int64: SealingKey] = [:]
        found.reserveCapacity(ids.count)
        kept.withLock { kept in
            if kept.generation != generation {
                kept.keys.forgetAll()
                kept.generation = generation
            }
            for id in ids { found[id] = kept.keys.find(id) }
        }
        let missing = ids.filter { found[$0] == nil }
        guard !missing.isEmpty else { return found }
        let fetched = try await store.keys(ids: missing)
        kept.withLock { kept in
            // Not what may have been destroyed while it was on its way.
            guard kept.generation == generation, store.generation == generation else { return }
            for (id, key) in fetched { kept.keys.store(id, key) }
        }
        return found.merging(fetched) { _, new in new }
    }

    /// Asks each time.
    public func destroyed(of ids: [Int64]) async throws(EventLogError) -> Set<Int64> {
        try await store.destroyed(of: ids)
    }

    /// Asks each time.
    public func quarters(of ids: [Int64]) async throws(EventLogError) -> [Int64: Quarter] {
        try await store.quarters(of: ids)
    }

    /// That of the store under it.
    public var generation: Int64 { store.generation }
}
