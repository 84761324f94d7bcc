import ChatApplication
import ChatDomain

/// The leases of a cluster, on the database's clock.
final class LeaseTable: @unchecked Sendable {
    private struct Renewal {
        var term: Int64
        var at: Int64
    }

    private let timeline: Timeline
    private var renewals: [NodeName: Renewal] = [:]
    private var holders: [String: (node: NodeName, until: Int64)] = [:]

    init(_ timeline: Timeline) { self.timeline = timeline }

    func renew(_ node: NodeName, term: Int64) { renewals[node] = Renewal(term: term, at: timeline.time) }

    var nodes: [NodeLease] {
        renewals.sorted { $0.key.value < $1.key.value }.map { node, renewal in
            NodeLease(node: node, term: renewal.term, age: timeline.time - renewal.at)
        }
    }

    func campaign(_ lease: String, _ node: NodeName, lifetime: Duration) -> Bool {
        if let holder = holders[lease], holder.node != node, holder.until > timeline.time { return false }
        if holders[lease]?.node != node { timeline.trace.note("\(node) is elected") }
        holders[lease] = (node, timeline.time + lifetime.microseconds)
        return true
    }

    func resign(_ lease: String, _ node: NodeName) {
        if holders[lease]?.node == node { holders[lease] = nil }
    }

    func remove(_ node: NodeName, term: Int64) {
        if renewals[node]?.term == term { renewals[node] = nil }
    }
}

/// The leases as a node reaches them.
struct SimulatedClusterStore: ClusterStore {
    let database: SimulatedDatabase

    func renew(_ node: NodeName, term: Int64) async throws(EventLogError) {
        try await database.ask("a renewal") { [database] () async throws(EventLogError) in
            database.leases.renew(node, term: term)
        }
    }

    func nodes() async throws(EventLogError) -> [NodeLease] {
        try await database.ask("the leases") { [database] () async throws(EventLogError) in database.leases.nodes }
    }

    func campaign(_ lease: String, node: NodeName, lifetime: Duration) async throws(EventLogError) -> Bool {
        try await database.ask("a campaign") { [database] () async throws(EventLogError) in
            database.leases.campaign(lease, node, lifetime: lifetime)
        }
    }

    func resign(_ lease: String, node: NodeName) async throws(EventLogError) {
        try await database.ask("a resignation") { [database] () async throws(EventLogError) in
            database.leases.resign(lease, node)
        }
    }

    func remove(_ node: NodeName, term: Int64) async throws(EventLogError) {
        try await database.ask("a removal") { [database] () async throws(EventLogError) in
            database.leases.remove(node, term: term)
        }
    }
}

/// Numbers for new users and groups as a node reaches them.
struct SimulatedIdentifiers: IdentifierSource {
    let database: SimulatedDatabase

    func nextUser() async throws(EventLogError) -> UserID {
        try await database.ask("a number") { [database] () async throws(EventLogError) in database.nextUser() }
    }

    func nextGroup() async throws(EventLogError) -> GroupID {
        try await database.ask("a number") { [database] () async throws(EventLogError) in database.nextGroup() }
    }
}

/// Passwords that cost nothing.
struct SimulatedPasswords: PasswordHasher {
    let loop: SimulatedLoop

    func hash(_ password: String, from network: String) async throws(EventLogError) -> String {
        await loop.sleep(loop.timeline.milliseconds(1...5))
        return "hash of \(password)"
    }

    func verify(
        _ password: String, against hash: String?, from network: String
    ) async throws(EventLogError) -> Bool {
        await loop.sleep(loop.timeline.milliseconds(1...5))
        return hash == "hash of \(password)"
    }
}
