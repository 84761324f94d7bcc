import ChatApplication
public import ChatDomain
public import ChatProjections
import PostgresClient

/// What a rebuild would do, before anything is changed.
public struct RebuildPlan: Sendable {
    /// One projection.
    public struct Entry: Sendable {
        /// The projection.
        public var kind: any Projection.Type
        /// The set that readers see now.
        public var live: ProjectionSet
        /// About how many rows the live tables hold, and how many bytes with their indexes.
        public var rows = 0
        /// See `rows`.
        public var bytes = 0
        /// The number of the set that is built.
        public var number: Int
        /// Up to where it was built by a run that did not come to its end; the start if it is made anew.
        public var from: Position
        /// Whether what an earlier run built is taken up.
        public var isTakenUp: Bool
        /// Sets that runs before left unfinished, which are removed.
        public var leftovers: [Int]
        /// Sets that are kept for a rollback until another one takes their place.
        public var kept: [Int]

        /// The version of fold and tables that readers see now.
        public var versionFrom: Int { live.version }
        /// The version that they will see.
        public var versionTo: Int { kind.version }
    }

    /// The newest position.
    public var head: Position
    /// The projections, in the order in which they were asked for.
    public var entries: [Entry]

    /// Events to be read: those after the earliest start.
    public var events: Int { entries.map { Int(head.value - $0.from.value) }.max() ?? 0 }

    /// A set that is further behind is made anew: folding in memory is much faster than page by page.
    static let takenUpBehind = 100_000

    /// Page by page every set is taken up, however far behind it is.
    init(
        _ kinds: [any Projection.Type], sets: [ProjectionSet], head: Position, pageByPage: Bool = false
    ) throws(RebuildFailure) {
        self.head = head
        let behind = pageByPage ? Int.max : max(Self.takenUpBehind, Int(head.value / 5))
        entries = []
        for kind in kinds {
            let own = sets.filter { $0.projection == kind.name }
            entries.append(try Self.entry(kind, own, head, behind: Int64(behind)))
        }
    }

    private static func entry(
        _ kind: any Projection.Type, _ own: [ProjectionSet], _ head: Position, behind: Int64
    ) throws(RebuildFailure) -> Entry {
        guard let live = own.first(where: \.isLive) else { throw .missing(kind.name) }
        guard live.version <= kind.version else { throw .newer(kind.name, live.version) }
        let begun = own.filter { !$0.isLive && $0.state != .retired }
        let built = begun.last {
            $0.state != .filling && $0.version == kind.version && $0.position <= head
                && head.value - $0.position.value <= behind
        }
        return Entry(
            kind: kind, live: live, number: built?.number ?? (own.map(\.number).max() ?? 0) + 1,
            from: built?.position ?? .start, isTakenUp: built != nil,
            leftovers: begun.map(\.number).filter { $0 != built?.number },
            kept: own.filter { $0.state == .retired }.map(\.number))
    }
}

extension ProjectionRebuild {
    /// What `run` would do now.
    public func plan(_ kinds: [any Projection.Type]) async throws -> RebuildPlan {
        var plan = try await currentPlan(kinds)
        for index in plan.entries.indices {
            let entry = plan.entries[index]
            let names = entry.kind.tables.map { $0.qualified(entry.live.number) }
            let size = try await means.connection.query(
                """
                select coalesce(sum(greatest(c.reltuples::bigint, pg_stat_get_live_tuples(c.oid), 0)), 0)::bigint, \
                    coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint \
                from pg_class c where c.oid = any ($1::regclass[])
                """, [.textArray(names)])
            plan.entries[index].rows = Int(size.int(0, 0) ?? 0)
            plan.entries[index].bytes = Int(size.int(0, 1) ?? 0)
        }
        return plan
    }

    func currentPlan(_ kinds: [any Projection.Type], pageByPage: Bool = false) async throws -> RebuildPlan {
        let head = try await means.log.head()
        let sets = try await SetPointer.load(means.connection, liveOnly: false)
        return try RebuildPlan(kinds, sets: sets, head: head, pageByPage: pageByPage)
    }
}
