import ChatDomain
import ChatTestKit
import EventLogPostgres
import Foundation
import JSONText
import LogArchive
import PostgresClient
import Testing

/// Whatever happens to a file of an archive is found, and where.
@Suite("Damaged archives") struct DamagedArchiveTests {
    private enum Damage: String, CaseIterable, CustomTestStringConvertible {
        case flipped, truncated, extended, removed, swapped, manifestRemoved, manifestAltered
        var testDescription: String { rawValue }
    }

    private func inflict(_ damage: Damage, on archived: ArchivedLog) throws {
        let (events, manifest) = (archived.file(from: 51, ".jsonl.zst"), archived.file(from: 51, ".manifest.json"))
        let files = FileManager.default
        var data = try #require(files.contents(atPath: events))
        switch damage {
        case .flipped: data[data.count / 2] ^= 1
        case .truncated: data.removeLast(data.count / 2)
        case .extended: data.append(contentsOf: [1, 2, 3])
        case .removed: return try files.removeItem(atPath: events)
        case .swapped: data = try #require(files.contents(atPath: archived.file(from: 1, ".jsonl.zst")))
        case .manifestRemoved: return try files.removeItem(atPath: manifest)
        case .manifestAltered:
            let text = try String(contentsOfFile: manifest, encoding: .utf8)
            try text.replacing("\"seals\":", with: "\"seals\": ").write(
                toFile: manifest, atomically: true, encoding: .utf8)
            return
        }
        try data.write(to: URL(fileURLWithPath: events))
    }

    @Test(arguments: Damage.allCases)
    private func aDamagedFileIsFoundAndItsPositionsAreNamed(_ damage: Damage) async throws {
        try await ArchivedLog.with { archived in
            #expect(try archived.drop(before: 151).status == 0)
            try inflict(damage, on: archived)
            let verdict = try archived.log.verify("--archive", archived.folder)
            #expect(verdict.firstBad.map { (51...100).contains($0) } == true, "\(verdict)")
            #expect(verdict.reason.contains("events-0000000000000051-0000000000000100"), "\(verdict)")
            let export = try archived.replay("export", "\(archived.log.folder)/none", "--archive", archived.folder)
            #expect(export.status == 3 && export.output.contains("position"), "\(export.output)")
            // The others are as they were.
            #expect(try archived.log.verify("--archive", archived.folder, "--to", "50").isWhole)
            #expect(try archived.log.verify("--archive", archived.folder, "--from", "101").isWhole)
            #expect(try archived.audit("restore", archived.folder).status == 0)
            #expect(try archived.audit("restore", archived.folder).status == 1)
        }
    }

    @Test func aFileThatWasRewrittenWithItsManifestIsFoundBySealsAndRecord() async throws {
        try await ArchivedLog.with { archived in
            #expect(try archived.drop(before: 51).status == 0)
            // The same positions of another log, with the sums and the manifest that belong to it.
            try await ArchivedLog.with { other in
                #expect(try other.drop(before: 51).status == 0)
                for suffix in [".jsonl.zst", ".manifest.json"] {
                    let data = try #require(FileManager.default.contents(atPath: other.file(from: 1, suffix)))
                    try data.write(to: URL(fileURLWithPath: archived.file(from: 1, suffix)))
                }
            }
            let verdict = try archived.log.verify("--archive", archived.folder)
            #expect(verdict.firstBad == 1 && verdict.reason.contains("not the manifest that was recorded"))
            // Whoever can write files can often write the table, too: the seals are left.
            let manifest = try #require(
                FileManager.default.contents(atPath: archived.file(from: 1, ".manifest.json")))
            let hexadecimal = manifest.map { String(format: "%02x", $0) }.joined()
            try await archived.log.attack(
                "UPDATE chat_log.archives SET manifest = sha256(decode('\(hexadecimal)', 'hex'))")
            let sealed = try archived.log.verify("--archive", archived.folder)
            #expect(sealed.firstBad == 1 && sealed.reason.contains("seal 1"), "\(sealed)")
            let manifestOfIt = try #require(ArchiveManifest(Array(manifest)))
            #expect(manifestOfIt.header.to == Position(50))
        }
    }

    @Test func whatIsNotWhatTheLogHoldsIsNotDropped() async throws {
        try await ArchivedLog.with { archived in
            #expect(try archived.audit("archive", archived.folder, "--before", "51").status == 0)
            try await archived.log.attack("UPDATE chat_log.events SET version = 99 WHERE position = 7")
            let run = try archived.drop(before: 51)
            #expect(run.status == 1 && run.output.contains("nothing of it was dropped"), "\(run.output)")
            #expect(try await archived.log.sql("SELECT chat_log.archived()").int(0, 0) == 0)
        }
    }
}
