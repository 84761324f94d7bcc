import ChatDomain
public import EventCodec
public import Sealing

/// Where the sealing keys are kept, outside the log.
public protocol SealingKeyStore: Sendable {
    /// The key of each subject, made if there is none yet; a destroyed one is missing, and never made again.
    func keys(for subjects: [SealSubject]) async throws(EventLogError) -> [SealSubject: StoredKey]
    /// Keys by their ids; a destroyed one is missing.
    func keys(ids: [Int64]) async throws(EventLogError) -> [Int64: SealingKey]
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

    /// A ring of two generations of at most `limit` keys of each kind.
    public init(store: any SealingKeyStore, limit: Int = 50_000) {
        self.store = store
        bySubject = GenerationalCache(limit: limit)
        byID = GenerationalCache(limit: limit)
        destroyed = GenerationalCache(limit: limit)
    }

    /// Fetches what is missing of these subjects' keys, making those that do not exist.
    public func fetch(_ subjects: some Sequence<SealSubject>) async throws(EventLogError) {
        let missing = Set(subjects).filter { bySubject.find($0) == nil && destroyed.find($0) == nil }
        guard !missing.isEmpty else { return }
        let found = try await store.keys(for: Array(missing))
        for subject in missing {
            if let key = found[subject] { bySubject.store(subject, key) } else { destroyed.store(subject, true) }
        }
    }

    /// Fetches what is missing of these keys.
    public func fetch(ids: some Sequence<Int64>) async throws(EventLogError) {
        let missing = Set(ids).filter { byID.find($0) == nil }
        guard !missing.isEmpty else { return }
        for (id, key) in try await store.keys(ids: Array(missing)) { byID.store(id, key) }
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
