import ChatProjections
public import PostgresClient

/// Makes the first set of every projection that has none, and all views. Part of `chatserver migrate`.
public enum ProjectionMigration {
    /// Only one transaction at a time turns views: migrations and swaps.
    private static let lockKey: Int64 = 7_166_192_731_461_542_512

    static func lockViews(_ session: some PostgresSession) async throws(PostgresError) {
        _ = try await session.query("select pg_advisory_xact_lock($1)", [.int8(lockKey)])
    }

    /// Brings read tables and views up to date, after the schema's migrations. Safe to run from many nodes at once,
    /// and again: it makes what is missing.
    public static func migrate(_ connection: PostgresConnection) async throws {
        try await migrate(connection, catalog: ProjectionCatalog.all)
    }

    static func migrate(_ connection: PostgresConnection, catalog: [any Projection.Type]) async throws {
        try await connection.transaction { transaction in
            try await lockViews(transaction)
            try await bringUp(transaction, catalog)
        }
    }

    private static func bringUp(
        _ session: some PostgresSession, _ catalog: [any Projection.Type]
    ) async throws(PostgresError) {
        let live = try await SetPointer.load(session, liveOnly: true)
        for projection in catalog where !live.contains(where: { $0.projection == projection.name }) {
            try await createFirstSet(projection, session)
        }
        // Views over tables of another version are made by the swap that brings it. Those that are there may already
        // be of a newer program.
        let isOther = live.contains { set in
            catalog.contains { $0.name == set.projection && $0.version != set.version }
        }
        guard !isOther else { return }
        for statement in ProjectionSchema.derivedViews(catalog) { _ = try await session.query(statement) }
    }

    static func createFirstSet(
        _ projection: any Projection.Type, _ session: some PostgresSession
    ) async throws(PostgresError) {
        let statements =
            ProjectionSchema.createTables(projection, set: 1) + ProjectionSchema.createIndexes(projection, set: 1)
            + ProjectionSchema.pointViews(projection, set: 1)
        for statement in statements { _ = try await session.query(statement, []) }
        _ = try await session.query(
            """
            insert into chat_read.projections (projection, set_number, version, live) values ($1, 1, $2, true)
            """, [.text(projection.name), .int8(Int64(projection.version))])
    }
}
