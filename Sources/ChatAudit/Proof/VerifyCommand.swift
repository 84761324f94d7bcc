import ChatDomain
import CommandLineTool
import EventLogPostgres
import Foundation
import JSONText
import LogAccess
import LogProof
import PostgresClient
import Reactor

/// `chat-audit verify`.
struct VerifyCommand: AuditCommand {
    static let declaration = Command(
        "verify", "prove that the log is whole: no event changed, removed, inserted or moved, the seals unbroken",
        options: [
            .integer("from", "POSITION", in: 1...Int.max, default: 1, help: "the first event"),
            .integer("to", "POSITION", in: 0...Int.max, help: "the last event; the newest if not given"),
            .text(
                "anchor", "FILE", help: "what chat-audit anchor printed, one a line: prove that nothing before changed"),
            ProofFiles.publicKey,
            ArchiveOption.option,
            .integer("jobs", "N", in: 1...64, help: "events are read over so many connections; one for each processor"),
            .json,
        ])

    private var question = SealVerification.Question()
    private let jobs: Int
    private let json: Bool

    init(_ invocation: Invocation) throws {
        question.from = Position(Int64(invocation.integer("from") ?? 1))
        question.to = invocation.integer("to").map { Position(Int64($0)) }
        if let to = question.to, to < question.from { throw UsageError("--from is behind --to") }
        question.keys = try ProofFiles.keys(invocation)
        question.anchors = try invocation.text("anchor").map { try ProofFiles.anchors($0) } ?? []
        jobs = invocation.integer("jobs") ?? ProcessInfo.processInfo.activeProcessorCount
        json = invocation.flag("json")
    }

    func run(_ invocation: Invocation, on loop: EventLoop) async throws -> ExitCode {
        let access = try await LogAccess.open(
            invocation, program: "chat-audit", requiringSchema: true, on: loop)
        var question = question
        question.archived = access.archived
        let chain = try await access.auditing()
        var readers: [PostgresConnection] = []
        for number in 1...jobs { readers.append(try await access.auditing(on: EventLoop(name: "reader-\(number)"))) }
        let progress = ProgressReporter("verify", unit: "events")
        let verification = SealVerification(chain: chain, readers: readers) { progress.update($0, total: $1) }
        let outcome: SealVerification.Outcome
        do {
            outcome = try await verification.run(question)
        } catch let error as SealVerification.OutOfRange {
            throw ToolFailure(.failed, "\(error)")
        }
        progress.finish()
        if question.keys == nil {
            StandardStream.error.write("signatures are not checked: there is no --public-key\n")
        }
        show(outcome)
        return outcome.defect == nil ? .success : .negative
    }

    private func show(_ outcome: SealVerification.Outcome) {
        if json {
            var object: JSONObject = [
                "ok": .bool(outcome.defect == nil), "events": .integer(Int64(outcome.events)),
                "sealed": .integer(Int64(outcome.sealed)), "seals": .integer(Int64(outcome.seals)),
                "anchors": .integer(Int64(question.anchors.count)), "signatures": .bool(question.keys != nil),
            ]
            if outcome.unread > 0 { object["unread"] = .integer(Int64(outcome.unread)) }
            if let defect = outcome.defect {
                object["firstBad"] = .integer(defect.position.value)
                object["reason"] = .string(defect.reason)
            }
            StandardStream.output.write(JSONValue.object(object).description + "\n")
            return
        }
        var text =
            outcome.defect.map { "not whole from position \($0.position) on: \(DisplayText.printable($0.reason))\n" }
            ?? "whole\n"
        text +=
            "\(outcome.events) events, \(outcome.sealed) of them under \(outcome.seals) \(outcome.seals == 1 ? "seal" : "seals")\n"
        if outcome.unread > 0 {
            text += "\(outcome.unread) events are in archive files and were not looked at: --archive DIR\n"
        }
        if outcome.defect == nil, let newest = question.anchors.map(\.head.last).max() {
            text += "up to position \(newest) as it was when it was anchored\n"
        }
        StandardStream.output.write(text)
    }
}
