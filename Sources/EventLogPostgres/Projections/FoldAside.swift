import ChatApplication
public import ChatDomain
public import ChatProjections

/// One projection, folded in memory beside everything that is live, as far as one wants it.
public final class FoldAside {
    /// The projection.
    public let kind: any Projection.Type
    private let means: ProjectionRebuild.Means
    private let builder: SetBuilder
    private let pace: Pace
    private let stride: Int64
    private let progress: @Sendable (_ done: Int, _ total: Int) -> Void

    /// Nothing is folded yet. `throttle` is in events a second; 0: as fast as it goes.
    public init(
        _ kind: any Projection.Type, _ means: ProjectionRebuild.Means, throttle: Int = 0,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) {
        self.kind = kind
        self.means = means
        self.progress = progress
        builder = SetBuilder([kind], environment: means.environment, keys: means.keys)
        pace = Pace(eventsPerSecond: throttle)
        stride = SetBuilder.stride(throttle: throttle)
    }

    /// How far it is.
    public var position: Position { builder.position }

    /// Folds on up to a position that the log has.
    public func advance(to end: Position) async throws {
        let head = try await means.log.head()
        guard head >= end else { throw VerificationFailure.logEnds(head) }
        try await builder.fold(
            means.log, upTo: end, pace: pace, stride: stride, progress: { progress(Int($0.value), Int(end.value)) })
    }

    /// The rows of one of its tables.
    public func rows(_ table: TableSpec) -> [RowKey: [ColumnValue]] { builder.rows(table) }

    /// The hash of its tables.
    public var hash: StateHash { StateHash(of: kind) { rows($0) } }
}
