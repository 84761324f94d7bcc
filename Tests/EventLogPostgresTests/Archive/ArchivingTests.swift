import ChatTestKit
import EventLogPostgres
import Foundation
import JSONText
import PostgresClient
import Testing

@Suite("Archives of old partitions") struct ArchivingTests {
    @Test func whatWasDroppedIsReadFromTheFilesToTheByte() async throws {
        try await ArchivedLog.with { archived in
            let before = try archived.export(to: 230)
            let run = try archived.drop(before: 151)
            #expect(run.status == 0, "\(run.output)")
            #expect(try await archived.log.sql("SELECT min(position) FROM chat_log.events").int(0, 0) == 151)
            #expect(try await archived.log.sql("SELECT chat_log.archived()").int(0, 0) == 150)
            #expect(try archived.export(to: 230, "--archive", archived.folder) == before)
            #expect(
                try archived.export(to: 170, "--from", "140", "--archive", archived.folder).count > 1_000)
            let without = try archived.replay("export", "\(archived.log.folder)/none")
            #expect(without.status == 3 && without.output.contains("positions 1 to 150 are in archive files only"))
            #expect(!FileManager.default.fileExists(atPath: "\(archived.log.folder)/none"))
        }
    }

    @Test func theLogIsWholeAcrossTheBorder() async throws {
        try await ArchivedLog.with { archived in
            let key = try archived.log.publicKey()
            let anchor = try archived.log.anchor()
            #expect(try archived.drop(before: 120).status == 0)
            try await archived.log.seal(eventsInSeal: 8)
            let whole = try archived.log.verify(
                "--archive", archived.folder, "--public-key", key, "--anchor", anchor)
            #expect(whole.isWhole && whole.object["events"] == 234 && whole.object["unread"] == nil, "\(whole)")
            let partly = try archived.log.verify("--public-key", key, "--anchor", anchor)
            #expect(partly.isWhole && partly.object["unread"] == 100 && partly.object["events"] == 134, "\(partly)")
            let middle = try archived.log.verify("--archive", archived.folder, "--from", "90", "--to", "110")
            #expect(middle.isWhole, "\(middle)")
            try await archived.log.attack("UPDATE chat_log.seals SET root = sha256('x') WHERE last_position = 50")
            let cut = try archived.log.verify("--archive", archived.folder)
            #expect(cut.firstBad.map { (43...51).contains($0) } == true, "\(cut)")
        }
    }

    @Test func anArchivedEventIsProvedWithItsFileOnly() async throws {
        try await ArchivedLog.with { archived in
            #expect(try archived.drop(before: 101).status == 0)
            let key = try archived.log.publicKey()
            for position in ["1", "50", "51", "100", "101"] {
                let run = try archived.audit("prove", position, "--archive", archived.folder)
                #expect(run.status == 0, "\(run.output)")
                let check = try archived.log.audit(
                    "check-proof", try archived.log.file("proof", run.output), "--public-key", key)
                #expect(check.status == 0, "\(check.output)")
            }
            let refused = try archived.audit("prove", "50")
            #expect(refused.status == 3 && refused.output.contains("events-0000000000000001-0000000000000050"))
        }
    }

    @Test func nothingIsDroppedThatIsNotSealedFoldedAndWhole() async throws {
        try await ArchivedLog.with(events: 130, seals: false) { archived in
            let unsealed = try archived.drop(before: 101)
            #expect(unsealed.status == 1 && unsealed.output.contains("not all of its events are sealed"))
            try await archived.log.seal(eventsInSeal: 8)
            try await archived.log.sql("UPDATE chat_read.projections SET position = 60 WHERE projection = 'user'")
            let behind = try archived.drop(before: 101)
            #expect(behind.status == 1, "\(behind.output)")
            #expect(behind.output.contains("positions 1 to 50: dropped"), "\(behind.output)")
            #expect(behind.output.contains("projection user has folded the log up to position 60 only"))
            try await archived.foldAll()
            // The last partition has the log's end, and is no whole one before it.
            let all = try archived.audit("archive", archived.folder, "--before", "1000", "--drop", "--json")
            #expect(all.status == 0, "\(all.output)")
            #expect(try await archived.log.sql("SELECT chat_log.archived()").int(0, 0) == 100)
        }
    }

    @Test func aLogThatNobodySealsIsDroppedOnlyByWhoeverSaysSo() async throws {
        try await ArchivedLog.with(events: 60, seals: false) { archived in
            #expect(try archived.drop(before: 51).status == 1)
            let run = try archived.audit("archive", archived.folder, "--before", "51", "--drop", "--unsealed")
            #expect(run.status == 0, "\(run.output)")
            #expect(try archived.export(to: 60, "--archive", archived.folder).count > 1_000)
        }
    }

    @Test func aDryRunChangesNothing() async throws {
        try await ArchivedLog.with { archived in
            let run = try archived.audit("archive", archived.folder, "--before", "120", "--drop", "--dry-run")
            #expect(run.status == 0 && run.output.contains("positions 51 to 100: would write"), "\(run.output)")
            #expect(!FileManager.default.fileExists(atPath: archived.folder))
            #expect(
                try await archived.log.sql("SELECT chat_log.head(), count(*) FROM chat_log.archives").int(0, 1) == 0)
        }
    }

    @Test func aSecondRunGoesOnWhereTheFirstOneWasKilled() async throws {
        try await ArchivedLog.with { archived in
            let before = try archived.export(to: 230)
            // What is left of a run that was killed while it wrote, and of one that was killed before it was told.
            try FileManager.default.createDirectory(atPath: archived.folder, withIntermediateDirectories: true)
            for suffix in [".jsonl.zst.part", ".jsonl.zst", ".manifest.json"] {
                try "half".write(toFile: archived.file(from: 51, suffix), atomically: true, encoding: .utf8)
            }
            #expect(try archived.audit("archive", archived.folder, "--before", "101").status == 0)
            try "altered".write(toFile: archived.file(from: 51, ".jsonl.zst"), atomically: true, encoding: .utf8)
            let run = try archived.drop(before: 151)
            #expect(run.status == 0, "\(run.output)")
            #expect(run.output.contains("positions 1 to 50: is written"))
            #expect(run.output.contains("positions 51 to 100: written"))
            #expect(try archived.export(to: 230, "--archive", archived.folder) == before)
            #expect(try archived.log.verify("--archive", archived.folder).isWhole)
            let steps = try await archived.log.sql(
                "SELECT count(*) FILTER (WHERE data ->> 'step' = 'dropped'), count(*) FROM chat.events "
                    + "WHERE type = 'LogArchived'")
            #expect(steps.int(0, 0) == 3 && steps.int(0, 1) == 7)
        }
    }

    @Test func onlyOneArchivesAtATimeAndOnlyTheOwner() async throws {
        try await ArchivedLog.with { archived in
            let other = try await LogDatabase.connect(archived.log.database.conninfo)
            _ = try await other.query("SELECT pg_advisory_lock(7166192731461542519)")
            let busy = try archived.drop(before: 101)
            #expect(busy.status == 3 && busy.output.contains("another chat-audit archive or restore is at work"))
            await other.close()
            for function in ["drop_archived(1, true)", "begin_restore(1)", "record_archive(1, 50, 'x', '', '', 1)"] {
                let refusal = try await archived.log.database.refusal(
                    "SET ROLE chat_server", "SELECT chat_log.\(function)")
                #expect(refusal == "42501", "\(function)")
            }
            #expect(try archived.drop(before: 51).status == 0)
            #expect(try await archived.log.database.refusal("DELETE FROM chat_log.archives") == "PA009")
            #expect(
                try await archived.log.database.refusal("UPDATE chat_log.archives SET root = sha256('x')") == "PA009")
            #expect(try await archived.log.database.refusal("SELECT chat_log.drop_archived(101, true)") == "PA011")
        }
    }

    @Test func whatWasDroppedLastCanBeBroughtBack() async throws {
        try await ArchivedLog.with { archived in
            let before = try archived.export(to: 230)
            #expect(try archived.drop(before: 101).status == 0)
            for first in ["51", "1"] {
                let run = try archived.audit("restore", archived.folder)
                #expect(run.status == 0 && run.output.contains("positions \(first) to"), "\(run.output)")
            }
            #expect(try archived.audit("restore", archived.folder).status == 1)
            #expect(try archived.export(to: 230) == before)
            let verdict = try archived.log.verify()
            #expect(verdict.isWhole && verdict.object["unread"] == nil, "\(verdict)")
            #expect(try await archived.log.database.refusal("DELETE FROM chat_log.events") == "PA009")
            #expect(try await archived.log.sql("SELECT count(*) FROM chat_log.kept_events").int(0, 0) == 0)
            #expect(try archived.drop(before: 101).status == 0)
            #expect(try archived.export(to: 230, "--archive", archived.folder) == before)
        }
    }
}
