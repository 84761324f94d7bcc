/// One forward step of the schema.
public struct Migration: Sendable {
    /// Its number, from 1 without gaps.
    public let number: Int
    /// The file's name.
    public let name: String
    /// The exact bytes of its SQL.
    public let sql: [UInt8]
    /// Whether programs that do not know it may go on with the schema that it leaves: it only adds to it. The file says
    /// so in a line of its own.
    public var letsOlderProgramsGoOn: Bool {
        String(decoding: sql, as: UTF8.self).split(separator: "\n").contains(Self.expansion[...])
    }

    /// Beyond those of `all`, only for tests.
    package init(_ number: Int, _ name: String, _ sql: [UInt8]) {
        self.number = number
        self.name = name
        self.sql = sql
    }

    private static let expansion = "-- Older programs: go on."

    /// All of them, in order. A new file is added here and in Package.swift; a test compares both with the folder.
    public static let all: [Migration] = [
        Migration(1, "0001_schemas.sql", PackageResources._001_schemas_sql),
        Migration(2, "0002_events.sql", PackageResources._002_events_sql),
        Migration(3, "0003_heads.sql", PackageResources._003_heads_sql),
        Migration(4, "0004_idempotency.sql", PackageResources._004_idempotency_sql),
        Migration(5, "0005_batches.sql", PackageResources._005_batches_sql),
        Migration(6, "0006_append.sql", PackageResources._006_append_sql),
        Migration(7, "0007_identifiers.sql", PackageResources._007_identifiers_sql),
        Migration(8, "0008_private.sql", PackageResources._008_private_sql),
        Migration(9, "0009_cluster.sql", PackageResources._009_cluster_sql),
        Migration(10, "0010_projections.sql", PackageResources._010_projections_sql),
        Migration(11, "0011_views.sql", PackageResources._011_views_sql),
        Migration(12, "0012_roles.sql", PackageResources._012_roles_sql),
        Migration(13, "0013_seek.sql", PackageResources._013_seek_sql),
        Migration(14, "0014_erasure.sql", PackageResources._014_erasure_sql),
        Migration(15, "0015_seals.sql", PackageResources._015_seals_sql),
        Migration(16, "0016_audit.sql", PackageResources._016_audit_sql),
        Migration(17, "0017_lives.sql", PackageResources._017_lives_sql),
        Migration(18, "0018_archives.sql", PackageResources._018_archives_sql),
        Migration(19, "0019_few_commands.sql", PackageResources._019_few_commands_sql),
        Migration(20, "0020_append_many.sql", PackageResources._020_append_many_sql),
        Migration(21, "0021_kept_plans.sql", PackageResources._021_kept_plans_sql),
    ]
}
