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
public final class Keyring {
    private let store: any SealingKeyStore
    private let limit: Int
    private var bySubject: [SealSubject: StoredKey] = [:]
    private var byID: [Int64: SealingKey] = [:]
    private var destroyed: Set<SealSubject> = []

    /// A ring that keeps at most `limit` keys of each kind; when it is full it starts over, with what is wanted.
    public init(store: any SealingKeyStore, limit: Int = 100_000) {
        self.store = store
        self.limit = limit
    }

    /// Fetches what is missing of these subjects' keys, making those that do not exist.
    public func fetch(_ subjects: some Sequence<SealSubject>) async throws(EventLogError) {
        let wanted = Set(subjects)
        let missing = wanted.filter { bySubject[$0] == nil && !destroyed.contains($0) }
        guard !missing.isEmpty else { return }
        let found = try await store.keys(for: Array(missing))
        if bySubject.count > limit { bySubject = bySubject.filter { wanted.contains($0.key) } }
        bySubject.merge(found) { _, new in new }
        if destroyed.count > limit { destroyed = [] }
        destroyed.formUnion(missing.filter { found[$0] == nil })
    }

    /// Fetches what is missing of these keys.
    public func fetch(ids: some Sequence<Int64>) async throws(EventLogError) {
        let wanted = Set(ids)
        let missing = wanted.filter { byID[$0] == nil }
        guard !missing.isEmpty else { return }
        let found = try await store.keys(ids: Array(missing))
        if byID.count > limit { byID = byID.filter { wanted.contains($0.key) } }
        byID.merge(found) { _, new in new }
    }
}

extension Keyring: Sealer {
    /// Seals under the subject's key, which must have been fetched. Nil if it was destroyed: whatever was decided of a
    /// user who is gone fails at its guards, and must not hold up what is appended together with it.
    public func seal(_ plain: [UInt8], subject: SealSubject, context: [UInt8]) throws -> SealedText? {
        if destroyed.contains(subject) { return nil }
        guard let stored = bySubject[subject] else { throw EventLogError.unavailable("a sealing key is missing") }
        return SealedText(keyID: stored.id, box: SealedBox.seal(plain, key: stored.key, context: context))
    }
}

extension Keyring: Opener {
    /// Opens what was sealed, or nil if its key is destroyed or was not fetched.
    public func open(_ sealed: SealedText, context: [UInt8]) -> [UInt8]? {
        guard let key = byID[sealed.keyID] else { return nil }
        return SealedBox.open(sealed.box, key: key, context: context)
    }
}
