import ChatDomain
public import ChatProjections
import PostgresClient

extension ProjectionRebuild {
    /// A set that was removed.
    public struct Removed: Sendable, Equatable {
        /// The projection.
        public var projection: String
        /// The set's number.
        public var number: Int
    }

    /// Brings the sets that were live before up to the log's end, and makes them the live ones again; those that were
    /// live are kept in their place. Projections without such a set are left out unless all of them lack one. Call it
    /// within `exclusively`.
    public func rollBack(_ kinds: [any Projection.Type]) async throws -> Takeover {
        let sets = try await keptSets(kinds)
        guard !sets.isEmpty else { throw RebuildFailure.nothingKept(kinds.map { $0.name }) }
        let names = sets.map { $0.kind.name }
        let journal = try await ReplayJournal(means)
        let taken = try await journal.telling(.rollback, names) { try await takeOver(sets) }
        try await journal.append(
            .replayRolledBack(ReplayRolledBack(projections: names, at: taken.position, by: journal.by)))
        return taken
    }

    /// The sets that were live last.
    private func keptSets(_ kinds: [any Projection.Type]) async throws -> [BuiltSet] {
        let result = try await means.connection.query(
            """
            select distinct on (projection) \(ProjectionSet.columns) from chat_read.projections \
            where not live and state = 'retired' order by projection, updated_at desc, set_number desc
            """)
        let kept = (0..<result.rowCount).compactMap { ProjectionSet(result, $0) }
        var sets: [BuiltSet] = []
        for kind in kinds {
            guard let set = kept.first(where: { $0.projection == kind.name }) else { continue }
            guard set.version == kind.version else { throw RebuildFailure.otherVersion(kind.name, set.version) }
            sets.append(BuiltSet(kind: kind, number: set.number, position: set.position, isFilled: true))
        }
        return sets
    }

    /// Removes every set that is not live: those kept for a rollback, and what a rebuild left unfinished. Call it within
    /// `exclusively`.
    public func removeKept(_ kinds: [any Projection.Type]) async throws -> [Removed] {
        var removed: [Removed] = []
        for set in try await SetPointer.load(means.connection, liveOnly: false) where !set.isLive {
            guard let kind = kinds.first(where: { $0.name == set.projection }) else { continue }
            try await drop(kind, set.number)
            removed.append(Removed(projection: set.projection, number: set.number))
        }
        guard !removed.isEmpty else { return [] }
        let journal = try await ReplayJournal(means)
        let names = kinds.map { $0.name }.filter { name in removed.contains { $0.projection == name } }
        try await journal.append(.replayDropped(ReplayDropped(projections: names, by: journal.by)))
        return removed
    }
}
