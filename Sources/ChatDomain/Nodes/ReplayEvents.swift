/// Who had something done to the read tables or the log: nothing of a person, but what an operator can ask further.
public struct ReplayOrigin: Sendable, Hashable {
    /// The role at the database.
    public var role: String
    /// The name of the machine on which the program ran.
    public var host: String
    /// The node, if one did it by itself; nil for a tool.
    public var node: NodeName?
    /// An origin.
    public init(role: String, host: String, node: NodeName? = nil) {
        self.role = role
        self.host = host
        self.node = node
    }
}

/// What is done to read tables.
public enum ReplayWork: String, Sendable, Hashable, CaseIterable {
    /// The log is folded anew.
    case rebuild
    /// A node brings the tables of a newer version into use.
    case rollout
    /// The tables that were live before come back.
    case rollback
}

/// Work on read tables began. Lives in `replay`.
public struct ReplayStarted: Sendable, Hashable {
    /// Which work.
    public var work: ReplayWork
    /// The projections.
    public var projections: [String]
    /// Who had it done.
    public var by: ReplayOrigin
    /// A beginning.
    public init(_ work: ReplayWork, projections: [String], by: ReplayOrigin) {
        self.work = work
        self.projections = projections
        self.by = by
    }
}

/// Rebuilt sets of tables became the live ones. Lives in `replay`.
public struct ReplaySwapped: Sendable, Hashable {
    /// The projections.
    public var projections: [String]
    /// The position that the new tables had reached.
    public var at: Position
    /// Who had it done.
    public var by: ReplayOrigin
    /// A swap.
    public init(projections: [String], at: Position, by: ReplayOrigin) {
        self.projections = projections
        self.at = at
        self.by = by
    }
}

/// The sets of tables that were live before became the live ones again. Lives in `replay`.
public struct ReplayRolledBack: Sendable, Hashable {
    /// The projections.
    public var projections: [String]
    /// The position that these tables had been brought to.
    public var at: Position
    /// Who had it done.
    public var by: ReplayOrigin
    /// A return.
    public init(projections: [String], at: Position, by: ReplayOrigin) {
        self.projections = projections
        self.at = at
        self.by = by
    }
}

/// Why work on read tables did not come to its end.
public enum ReplayFailureReason: String, Sendable, Hashable, CaseIterable {
    /// It was asked to end.
    case interrupted
    /// A fold cannot take an event.
    case stuck
    /// The database, or what was found in it, did not allow it.
    case refused
}

/// Work on read tables ended without a swap; the live ones are as they were. Lives in `replay`.
public struct ReplayFailed: Sendable, Hashable {
    /// Which work.
    public var work: ReplayWork
    /// The projections.
    public var projections: [String]
    /// Why.
    public var reason: ReplayFailureReason
    /// Who had it done.
    public var by: ReplayOrigin
    /// A failure.
    public init(_ work: ReplayWork, projections: [String], reason: ReplayFailureReason, by: ReplayOrigin) {
        self.work = work
        self.projections = projections
        self.reason = reason
        self.by = by
    }
}

/// Sets of tables that were kept for a rollback are gone. Lives in `replay`.
public struct ReplayDropped: Sendable, Hashable {
    /// The projections.
    public var projections: [String]
    /// Who had it done.
    public var by: ReplayOrigin
    /// A removal.
    public init(projections: [String], by: ReplayOrigin) {
        self.projections = projections
        self.by = by
    }
}

/// The events before this one were copied from another log. Lives in `replay`.
public struct LogImported: Sendable, Hashable {
    /// The life of the log that they came from.
    public var epoch: String
    /// The last position that was copied.
    public var through: Position
    /// Who had it done.
    public var by: ReplayOrigin
    /// An import.
    public init(epoch: String, through: Position, by: ReplayOrigin) {
        self.epoch = epoch
        self.through = through
        self.by = by
    }
}

/// What was done with a partition of the log.
public enum ArchiveStep: String, Sendable, Hashable, CaseIterable {
    /// It was written to an archive file.
    case written
    /// Its events are in the file only.
    case dropped
    /// They are in the database again.
    case restored
}

/// A partition of the log went into an archive file, out of the database, or back. Lives in `replay`.
public struct LogArchived: Sendable, Hashable {
    /// What was done.
    public var step: ArchiveStep
    /// The partition's first position.
    public var from: Position
    /// Its last position.
    public var to: Position
    /// The name of the archive's manifest, without a folder.
    public var file: String
    /// The SHA-256 of the manifest, in hexadecimal digits.
    public var manifest: String
    /// The root of the Merkle tree over all its events, in hexadecimal digits.
    public var root: String
    /// Who had it done.
    public var by: ReplayOrigin
    /// A step.
    public init(
        _ step: ArchiveStep, from: Position, to: Position, file: String, manifest: String, root: String,
        by: ReplayOrigin
    ) {
        self.step = step
        self.from = from
        self.to = to
        self.file = file
        self.manifest = manifest
        self.root = root
        self.by = by
    }
}
