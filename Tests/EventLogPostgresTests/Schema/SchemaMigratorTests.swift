import ChatTestKit
import Foundation
import Migrations
import PostgresClient
import Testing

@testable import EventLogPostgres

@Suite("The schema's migrations")
struct SchemaMigratorTests {
    @Test func everyFileIsEmbeddedOnceAndInOrder() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "migrations")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".sql") }
        #expect(Migration.all.map(\.name) == files.sorted())
        #expect(Migration.all.map(\.number) == Array(1...files.count))
        for migration in Migration.all {
            #expect(migration.name.hasPrefix(String(format: "%04d_", migration.number)))
            #expect(try Array(Data(contentsOf: folder.appending(path: migration.name))) == migration.sql)
        }
    }

    @Test func aSchemaIsMigratedOnce() async throws {
        let connection = try await LogDatabase.connect(PrivatePostgres.shared().freshDatabase())
        let migrator = SchemaMigrator(connection)
        let names = Migration.all.map(\.name)
        #expect(try await migrator.state() == .older(missing: names))
        #expect(try await migrator.pending() == names)
        #expect(try await migrator.migrate() == names)
        #expect(try await migrator.state() == .current)
        #expect(try await migrator.migrate() == [])
        await connection.close()
    }

    @Test func manyNodesMigrateAtOnceAndEachStepIsAppliedOnce() async throws {
        let conninfo = try PrivatePostgres.shared().freshDatabase()
        let applied = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 1...6 {
                group.addTask {
                    let connection = try await LogDatabase.connect(conninfo)
                    let applied = try await SchemaMigrator(connection).migrate()
                    await connection.close()
                    return applied
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(applied.sorted() == Migration.all.map(\.name))
    }

    @Test func aNewerSchemaIsLeftAlone() async throws {
        let database = try await LogDatabase.fresh()
        _ = try await database.run("INSERT INTO chat_log.migrations VALUES (9999, '9999_later.sql', 'x')")
        let connection = try await LogDatabase.connect(database.conninfo)
        let migrator = SchemaMigrator(connection)
        #expect(try await migrator.state() == .newer(unknown: ["9999_later.sql"]))
        await #expect(throws: SchemaError.newer(unknown: ["9999_later.sql"])) { try await migrator.migrate() }
        await #expect(throws: SchemaError.newer(unknown: ["9999_later.sql"])) { try await migrator.pending() }
        await connection.close()
        await database.close()
    }

    @Test func aProgramGoesOnWithASchemaThatANewerOneHasExpanded() async throws {
        let database = try await LogDatabase.fresh()
        let connection = try await LogDatabase.connect(database.conninfo)
        let sql = "-- More.\n-- Older programs: go on.\nALTER TABLE chat_log.events ADD COLUMN later text;\n"
        let later = Migration(Migration.all.count + 1, "9998_later.sql", Array(sql.utf8))
        #expect(try await SchemaMigrator(connection, migrations: Migration.all + [later]).migrate() == [later.name])
        let migrator = SchemaMigrator(connection)
        #expect(try await migrator.state() == .extended(by: [later.name]))
        #expect(try await migrator.pending() == [])
        #expect(try await migrator.migrate() == [])

        let other = Migration(later.number + 1, "9999_other.sql", Array("SELECT 1;\n".utf8))
        _ = try await SchemaMigrator(connection, migrations: Migration.all + [later, other]).migrate()
        #expect(try await migrator.state() == .newer(unknown: [later.name, other.name]))
        await connection.close()
        await database.close()
    }

    @Test func aDatabaseThatWasMigratedBeforeThatIsKnownIsCurrent() async throws {
        let database = try await LogDatabase.fresh()
        _ = try await database.run("ALTER TABLE chat_log.migrations DROP COLUMN expands")
        let connection = try await LogDatabase.connect(database.conninfo)
        #expect(try await SchemaMigrator(connection).state() == .current)
        await connection.close()
        await database.close()
    }

    @Test func anAppliedMigrationWithAnotherTextIsNoticed() async throws {
        let database = try await LogDatabase.fresh()
        _ = try await database.run("UPDATE chat_log.migrations SET hash = 'x' WHERE number = 2")
        let connection = try await LogDatabase.connect(database.conninfo)
        let migrator = SchemaMigrator(connection)
        #expect(try await migrator.state() == .changed(["0002_events.sql"]))
        await #expect(throws: SchemaError.changed(["0002_events.sql"])) { try await migrator.migrate() }
        await connection.close()
        await database.close()
    }

    @Test func theServersRoleMayAskForTheState() async throws {
        let database = try await LogDatabase.fresh()
        let connection = try await LogDatabase.connect(database.conninfo)
        _ = try await connection.query("SET ROLE chat_server")
        #expect(try await SchemaMigrator(connection).state() == .current)
        await connection.close()
        await database.close()
    }
}
