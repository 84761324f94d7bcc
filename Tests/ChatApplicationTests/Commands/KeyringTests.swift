import ChatApplication
import ChatDomain
import EventCodec
import Sealing
import Synchronization
import Testing

/// A store whose keys are destroyed and lost behind a ring's back.
private final class Store: SealingKeyStore {
    private struct State {
        var keys: [Int64: SealingKey] = [1: .random(), 2: .random(), 3: .random()]
        var destroyed: Set<Int64> = []
        var generation: Int64 = 0
        var asked: [Int64] = []
    }

    private let state = Mutex(State())

    var generation: Int64 { state.withLock { $0.generation } }
    /// The ids of all keys that were asked for, as often as they were.
    var asked: [Int64] { state.withLock { $0.asked.sorted() } }

    func keys(for subjects: [SealSubject]) async throws(EventLogError) -> [SealSubject: StoredKey] { [:] }

    func keys(ids: [Int64]) async throws(EventLogError) -> [Int64: SealingKey] {
        state.withLock { state in
            state.asked += ids
            return state.keys.filter { ids.contains($0.key) }
        }
    }

    func destroyed(of ids: [Int64]) async throws(EventLogError) -> Set<Int64> {
        state.withLock { $0.destroyed.intersection(ids) }
    }

    func destroy(_ id: Int64) {
        state.withLock { state in
            state.keys[id] = nil
            state.destroyed.insert(id)
            state.generation += 1
        }
    }

    func lose(_ id: Int64) { state.withLock { $0.keys[id] = nil } }

    func seal(_ text: String, under id: Int64) -> SealedText? {
        state.withLock { $0.keys[id] }.map { key in
            SealedText(keyID: id, box: SealedBox.seal(Array(text.utf8), key: key, context: []))
        }
    }
}

@Suite struct KeyringTests {
    @Test func aDestroyedKeyIsForgottenWhereItWasAtHand() async throws {
        let store = Store()
        let ring = Keyring(store: store)
        let sealed = try #require(store.seal("hello", under: 1))
        try await ring.fetch(ids: [1, 2])
        try await ring.fetch(ids: [1, 2])
        #expect(store.asked == [1, 2])
        #expect(ring.open(sealed, context: []) == Array("hello".utf8))
        store.destroy(1)
        try await ring.fetch(ids: [2])
        #expect(ring.open(sealed, context: []) == nil)
    }

    @Test func aLostKeyIsNotTakenForADestroyedOne() async throws {
        let store = Store()
        let ring = Keyring(store: store)
        store.destroy(1)
        store.lose(2)
        try await ring.fetch(ids: [1, 2, 3])
        #expect(try await ring.lost(of: [1, 2, 3]) == [2])
        #expect(try await ring.lost(of: [1, 3]) == [])
    }

    @Test func ringsOverKeptKeysFetchEachOnce() async throws {
        let store = Store()
        let kept = KeptKeys(store)
        try await Keyring(store: kept).fetch(ids: [1, 2])
        #expect(Set(try await kept.keys(ids: [1, 2]).keys) == [1, 2])
        #expect(store.asked == [1, 2])
        #expect(Set(try await kept.keys(ids: [2, 3]).keys) == [2, 3])
        #expect(store.asked == [1, 2, 3])
    }

    @Test func aDestroyedKeyIsKeptByNobody() async throws {
        let store = Store()
        let kept = KeptKeys(store)
        _ = try await kept.keys(ids: [1, 2])
        store.destroy(1)
        #expect(Set(try await kept.keys(ids: [1, 2]).keys) == [2])
        #expect(try await Keyring(store: kept).lost(of: [1]) == [])
    }
}
