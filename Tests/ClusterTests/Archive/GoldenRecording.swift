import ChatTestKit
import Foundation
import Testing

extension ClusterTests {
    /// Records logs from real runs anew: `make golden`, or `make golden LOG=audit` for one.
    @Suite("Recording of golden logs", .enabled(if: ProcessInfo.processInfo.environment["WRITE_GOLDEN"] != nil))
    struct GoldenRecording {
        private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../replay/golden").standardizedFileURL.path

        private static var chosen: [Story] {
            let name = ProcessInfo.processInfo.environment["WRITE_GOLDEN"]
            return Story.all.filter { name == "all" || name == $0.name }
        }

        @Test(arguments: chosen)
        func aStoryIsRecordedWithTheTablesThatItLeft(_ story: Story) throws {
            let cluster = try ClusterFixture()
            try story.tell(cluster)
            let recorded = try cluster.run("chat-replay", ["golden", Self.folder, "--record", story.name])
            #expect(recorded.status == 0, "\(recorded.output)")
        }
    }

    @Suite("Golden logs")
    struct GoldenTests {
        private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../replay/golden").standardizedFileURL.path

        /// In a database that has nothing of Parley's, and has nothing of it afterwards.
        @Test func everyRecordedLogGivesItsTables() throws {
            let postgres = try PrivatePostgres.shared()
            let database = try postgres.freshDatabase()
            // `make golden-tables`.
            let update = ProcessInfo.processInfo.environment["WRITE_GOLDEN_TABLES"] == nil ? [] : ["--update"]
            let replayed = try ProgramRun("chat-replay", ["golden", Self.folder, "--database", database] + update)
            #expect(replayed.status == 0, "\(replayed.output)")
            let name = database.split(separator: "dbname=").last.map(String.init) ?? ""
            let left = try postgres.run(
                sql: "select nspname from pg_namespace where nspname like 'chat%'", database: name)
            #expect(left.isEmpty)
        }

        @Test func aDifferenceIsNamedAndEndsWithOne() throws {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("golden-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let log = folder.appendingPathComponent("friends")
            try FileManager.default.copyItem(
                at: URL(fileURLWithPath: Self.folder).appendingPathComponent("friends"), to: log)
            let users = log.appendingPathComponent("tables/users.jsonl")
            let rows = try String(contentsOf: users, encoding: .utf8)
            try rows.replacingOccurrences(of: #""Cid""#, with: #""Sid""#).write(
                to: users, atomically: true, encoding: .utf8)
            let database = try PrivatePostgres.shared().freshDatabase()
            let run = try ProgramRun("chat-replay", ["golden", folder.path, "--json", "--database", database])
            #expect(run.status == 1)
            let line = try #require(run.jsonLines.first)
            #expect(run.jsonLines.count == 1 && line.contains(#""recorded":"Sid","replayed":"Cid""#), "\(run.output)")
            #expect(try ProgramRun("chat-replay", ["golden", "/nowhere", "--database", database]).status == 3)
        }
    }
}
