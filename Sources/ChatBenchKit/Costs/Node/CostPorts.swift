import ChatApplication
import ChatDomain
import EventCodec
import Sealing

/// The time of everything that is measured.
struct StillClock: Clock {
    /// 2026-11-15 12:00 UTC: far from the beginning of a quarter, where folds look at keys twice.
    static let time: Int64 = 1_794_744_000_000_000

    func now() -> Int64 { Self.time }
}

/// A clock that is set by hand.
final class SetClock: Clock, @unchecked Sendable {
    var time = StillClock.time

    func now() -> Int64 { time }
}

/// Every subject has a key, all of them the same bytes: what sealing takes does not depend on them.
struct CostKeys: SealingKeyStore {
    /// Keys of texts have their writers' numbers, those of persons follow from here on.
    private static let persons: Int64 = 1_000_000
    private let key = SealingKey(Digest.blake2b(Array("costs".utf8))) ?? .random()

    func keys(for subjects: [SealSubject]) async throws(EventLogError) -> [SealSubject: StoredKey] {
        var found: [SealSubject: StoredKey] = [:]
        for subject in subjects {
            let id =
                switch subject {
                case .person(let user): Self.persons + user.value
                case .texts(let user, _): user.value
                }
            found[subject] = StoredKey(id: id, key: key)
        }
        return found
    }

    func keys(ids: [Int64]) async throws(EventLogError) -> [Int64: SealingKey] {
        var found: [Int64: SealingKey] = [:]
        for id in ids { found[id] = key }
        return found
    }
}

/// Every password is good.
struct CostPasswords: PasswordHasher {
    static let hash = "hash"

    func hash(_ password: String, from network: String) async throws(EventLogError) -> String { Self.hash }

    func verify(
        _ password: String, against hash: String?, from network: String
    ) async throws(EventLogError) -> Bool { true }
}

/// Nobody registers while costs are measured.
struct NoIdentifiers: IdentifierSource {
    func nextUser() async throws(EventLogError) -> UserID { throw .refused("nobody registers here") }
    func nextGroup() async throws(EventLogError) -> GroupID { throw .refused("no group is founded here") }
}

/// The nodes that the relay sends to.
struct CostCluster: ClusterStore {
    let names: [NodeName]

    func renew(_ node: NodeName, term: Int64) async throws(EventLogError) {}

    func nodes() async throws(EventLogError) -> [NodeLease] { names.map { NodeLease(node: $0, term: 1, age: 0) } }

    func campaign(
        _ lease: String, node: NodeName, lifetime: Duration
    ) async throws(EventLogError) -> Bool { true }

    func resign(_ lease: String, node: NodeName) async throws(EventLogError) {}

    func remove(_ node: NodeName, term: Int64) async throws(EventLogError) {}
}
