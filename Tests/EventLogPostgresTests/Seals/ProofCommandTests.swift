import ChatApplication
import ChatDomain
import ChatTestKit
import EventLogPostgres
import JSONText
import LogProof
import PostgresClient
import Sealing
import Testing

@Suite("Proofs of single events") struct ProofCommandTests {
    private func proof(_ log: SealedLog, _ position: Int) throws -> (run: ProgramRun, file: String) {
        let run = try log.audit("prove", "\(position)")
        return (run, try log.file("proof-\(position).json", run.output))
    }

    @Test func everyEventIsProvedWithoutTheDatabase() async throws {
        try await SealedLog.with(events: 7) { log in
            let key = try log.publicKey()
            for event in try await log.database.log.read(after: .start, upTo: nil, limit: 100) {
                let (run, file) = try proof(log, Int(event.position.value))
                let object = try #require(try JSONValue.parse(run.output).objectValue)
                let made = try #require(InclusionProof(object))
                #expect(made.leaf == EventLeaf.bytes(of: event), "the leaf follows from the event as it is read")
                let check = try ProgramRun("chat-audit", ["check-proof", file, "--public-key", key, "--json"])
                #expect(check.status == 0, "\(check.output)")
                let shown = try JSONValue.parse(try #require(check.jsonLines.last))
                #expect(shown["ok"] == true && shown["event"]?["position"]?.intValue == event.position.value)
                #expect(shown["event"]?["stream"]?.stringValue == event.stream.value)
            }
        }
    }

    @Test func aProofThatWasAlteredProvesNothing() async throws {
        try await SealedLog.with { log in
            let (run, file) = try proof(log, 6)
            let plain = try ProgramRun("chat-audit", ["check-proof", file])
            #expect(plain.status == 0 && plain.output.contains("the signature is not checked"))
            #expect(plain.output.contains("position 6 is proved"))
            let foreign = try ProgramRun(
                "chat-audit", ["check-proof", file, "--public-key", try log.publicKey(.random())])
            #expect(foreign.status == 1 && foreign.output.contains("not among the public keys"))
            var object = try #require(try JSONValue.parse(run.output).objectValue)
            object["position"] = 7
            let moved = try log.file("moved.json", JSONValue.object(object).description)
            let verdict = try ProgramRun("chat-audit", ["check-proof", moved])
            #expect(verdict.status == 1 && verdict.output.contains("proves nothing"))
            let empty = try ProgramRun("chat-audit", ["check-proof", try log.file("empty", "")])
            #expect(empty.status == 1)
            #expect(try ProgramRun("chat-audit", ["check-proof", "\(log.folder)/none"]).status == 3)
        }
    }

    @Test func whatIsNotSealedHasNoProof() async throws {
        try await SealedLog.with { log in
            try await log.append(1)
            #expect(try log.audit("prove", "13").status == 1)
            #expect(try log.audit("prove", "0").status == 2)
            try await log.attack("UPDATE chat_log.events SET version = 99 WHERE position = 6")
            let altered = try log.audit("prove", "7")
            #expect(altered.status == 1 && altered.output.contains("not those that seal 2 is over"))
        }
    }

    @Test func theAnchorIsTheNewestSeal() async throws {
        try await SealedLog.with { log in
            let run = try log.audit("anchor", "--public-key", try log.publicKey())
            let object = try #require(try JSONValue.parse(run.output).objectValue)
            let seal = try #require(Seal(object))
            #expect(run.status == 0 && seal.isSigned && seal.head.number == 3 && seal.head.last == Position(12))
            #expect(try log.audit("anchor", "--public-key", try log.publicKey(.random())).status == 1)
            let broken = try log.verify("--anchor", try log.anchor(), "--public-key", try log.publicKey(.random()))
            #expect(broken.firstBad == 1)
        }
    }

    @Test func whatCannotBeAnsweredIsSaid() async throws {
        let database = try await LogDatabase.fresh()
        let log = try SealedLog(database: database)
        let anchor = try log.audit("anchor")
        #expect(anchor.status == 1 && anchor.output.contains("nothing is sealed"))
        let empty = try log.verify()
        #expect(empty.isWhole && empty.object["events"] == 0 && empty.object["sealed"] == 0)
        #expect(try log.audit("verify", "--to", "1").status == 3)
        #expect(try log.audit("verify", "--from", "2", "--to", "1").status == 2)
        #expect(try log.audit("verify", "--anchor", "\(log.folder)/none").status == 3)
        #expect(try log.audit("verify", "--public-key", try log.file("no.pub", "no key")).status == 3)
        let nowhere = "host=\(log.folder) dbname=none"
        #expect(try ProgramRun("chat-audit", ["verify", "--database", nowhere]).status == 3)
        await log.close()
    }

    @Test func anotherLogIsNotTheOneThatWasAnchored() async throws {
        try await SealedLog.with { log in
            try await log.sql("SELECT chat_log.begin_epoch()")
            try await log.append(1)
            try await log.seal()
            let anchor = try log.anchor()
            try await SealedLog.with(events: 13) { other in
                let verdict = try other.verify("--anchor", anchor)
                #expect(verdict.firstBad == 1 && verdict.reason.contains("which this log never had"), "\(verdict)")
            }
        }
    }

    @Test func aCopyHasTheSameLeavesAndAChainOfItsOwn() async throws {
        try await ReplayedLog.with { replayed in
            let log = try SealedLog(database: replayed.database)
            try await log.seal(eventsInSeal: 150)
            let archive = "\(log.folder)/log.jsonl"
            let export = try ProgramRun("chat-replay", ["export", archive, "--database", log.database.conninfo])
            #expect(export.status == 0, "\(export.output)")
            let copy = try SealedLog(database: await LogDatabase.fresh())
            let imported = try ProgramRun("chat-replay", ["import", archive, "--database", copy.database.conninfo])
            #expect(imported.status == 0, "\(imported.output)")
            #expect(try copy.verify().object["sealed"] == 0, "no seal is taken over")
            try await copy.seal(eventsInSeal: 150)
            #expect(try copy.verify("--public-key", try copy.publicKey()).isWhole)
            let leaves = try [log, copy].map { log in
                try (1...400).filter { $0 % 40 == 1 }.map { position in
                    try JSONValue.parse(try proof(log, position).run.output)["leaf"]
                }
            }
            #expect(leaves[0] == leaves[1] && !leaves[0].contains(nil))
            #expect(try copy.verify("--anchor", try log.anchor()).firstBad == 1)
            await copy.close()
        }
    }

    @Test func aDestroyedKeyBreaksNoProof() async throws {
        try await ReplayedLog.with { replayed in
            let log = try SealedLog(database: replayed.database)
            try await log.seal(eventsInSeal: 150)
            let key = try log.publicKey()
            let first = try await log.sql("SELECT min(position) FROM chat_log.events WHERE type = 'UserRegistered'")
            let position = try #require(first.int(0, 0))
            let (run, file) = try proof(log, Int(position))
            let destroyed = try await log.sql(
                """
                SELECT count(*) FROM (SELECT DISTINCT user_id FROM chat_private.sealing_keys) u
                CROSS JOIN LATERAL chat_private.destroy_keys(u.user_id, '{person,texts}')
                """)
            #expect(destroyed.int(0, 0) ?? 0 > 1)
            #expect(try log.verify("--public-key", key).isWhole)
            #expect(try log.audit("prove", "\(position)").output == run.output)
            #expect(try ProgramRun("chat-audit", ["check-proof", file, "--public-key", key]).status == 0)
        }
    }
}
