import ChatDomain
public import EventCodec
public import Sealing

/// Where the sealing keys are kept, outside the log.
public protocol SealingKeyStore: Sendable {
    /// The key of each subject, made if there is none yet; a destroyed one is missing, and never made again.
    func keys(for subjects: [SealSubject]) async throws(EventLogError) -> [SealSubject: StoredKey]
    /// Keys by their ids; a destroyed one is missing.
    func keys(ids: [Int64]) async throws(EventLogError) -> [Int64: SealingKey]
    /// Which of these were destroyed, and are not merely missing.
    func destroyed(of ids: [Int64]) async throws(EventLogError) -> Set<Int64>
    /// The quarters whose texts these keys seal; what seals no texts is left out.
    func quarters(of ids: [Int64]) async throws(EventLogError) -> [Int64: Quarter]
    /// Another number than before means that keys were destroyed meanwhile: what is at hand must be forgotten.
    var generation: Int64 { get }
}

extension SealingKeyStore {
    /// A store of which nobody loses keys: what is missing was destroyed.
    public func destroyed(of ids: [Int64]) async throws(EventLogError) -> Set<Int64> { Set(ids) }
    /// A store that does not know: what was recorded in a quarter is taken to be sealed in it.
    public func quarters(of ids: [Int64]) async throws(EventLogError) -> [Int64: Quarter] { [:] }
    /// A store whose keys are destroyed by nobody else.
    public var generation: Int64 { 0 }
}

/// A sealing key and the number under which events name it.
public struct StoredKey: Sendable {
    /// The number.
    public var id: Int64
    /// The key.
    public var key: SealingKey
    /// A key.
    public init(id: Int64, key: SealingKey) {
        self.id = id
        self.key = key
    }
}

/// The keys that one loop has at hand, bounded; seals and opens without waiting once they are fetched.
///
/// Others may fetch while one waits: what was at hand before is there afterwards unless they fetched `limit` others.
public final class Keyring {
    private let store: any SealingKeyStore
    private var bySubject: GenerationalCache<SealSubject, StoredKey>
    private var byID: GenerationalCache<Int64, SealingKey>
    private var destroyed: GenerationalCache<SealSubject, Bool>
    private var destroyedIDs: GenerationalCache<Int64, Bool>
    private var generation: Int64

    /// A ring of two generations of at most `limit` keys of each kind.
    public init(store: any SealingKeyStore, limit: Int = 50_000) {
        self.store = store
        bySubject = GenerationalCache(limit: limit)
        byID = GenerationalCache(limit: limit)
        destroyed = GenerationalCache(limit: limit)
        destroyedIDs = GenerationalCache(limit: limit)
        generation = store.generation
    }

    /// Fetches what is missing of these subjects' keys, making those that do not exist.
    public func fetch(_ subjects: some Sequence<SealSubject>) async throws(EventLogError) {
        forgetTheDestroyed()
        let missing = Set(subjects).filter { bySubject.find($0) == nil && destroyed.find($0) == nil }
        guard !missing.isEmpty else { return }
        let found = try await store.keys(for: Array(missing))
        for subject in missing {
            if let key = found[subject] { bySubject.store(subject, key) } else { destroyed.store(subject, true) }
        }
    }

    /// Fetches what is missing of these keys.
    public func fetch(ids: some Sequence<Int64>) async throws(EventLogError) {
        forgetTheDestroyed()
        let missing = Set(ids).filter { byID.find($0) == nil }
        guard !missing.isEmpty else { return }
        for (id, key) in try await store.keys(ids: Array(missing)) { byID.store(id, key) }
    }

    /// Of keys that were fetched, those that the store neither has nor ever destroyed.
    public func lost(of ids: some Sequence<Int64>) async throws(EventLogError) -> Set<Int64> {
        let missing = Set(ids).filter { byID.peek($0) == nil && destroyedIDs.find($0) == nil }
        guard !missing.isEmpty else { return [] }
        let gone = try await store.destroyed(of: Array(missing))
        for id in gone { destroyedIDs.store(id, true) }
        return missing.subtracting(gone)
    }

    /// The quarters whose texts these keys seal. Asks each time: it is for the few around the end of a quarter.
    public func quarters(of ids: [Int64]) async throws(EventLogError) -> [Int64: Quarter] {
        ids.isEmpty ? [:] : try await store.quarters(of: Array(Set(ids)))
    }

    /// All that is at hand goes, as which keys were destroyed is not said.
    private func forgetTheDestroyed() {
        guard store.generation != generation else { return }
        generation = store.generation
        bySubject.forgetAll()
        byID.forgetAll()
    }
}

extension Keyring: Sealer {
    /// Seals under the subject's key, which must have been fetched. Nil if it was destroyed: whatever was decided of a
    /// user who is gone fails at its guards, and must not hold up what is appended together with it.
    public func seal(_ plain: [UInt8], subject: SealSubject, context: [UInt8]) throws -> SealedText? {
        if destroyed.peek(subject) != nil { return nil }
        guard let stored = bySubject.peek(subject) else { throw EventLogError.unavailable("a sealing key is missing") }
        return SealedText(keyID: stored.id, box: SealedBox.seal(plain, key: stored.key, context: context))
    }
}

extension Keyring: Opener {
    /// Opens what was sealed, or nil if its key is destroyed or was not fetched.
    public func open(_ sealed: SealedText, context: [UInt8]) -> [UInt8]? {
        guard let key = byID.peek(sealed.keyID) else { return nil }
        return SealedBox.open(sealed.box, key: key, context: context)
    }
}
