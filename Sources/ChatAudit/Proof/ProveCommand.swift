import ChatDomain
import CommandLineTool
import EventLogPostgres
import JSONText
import LogAccess
import LogProof
import Reactor

/// `chat-audit prove`.
struct ProveCommand: AuditCommand {
    static let declaration = Command(
        "prove", "print the proof that an event is in the log, which check-proof checks without the database",
        arguments: [Argument("POSITION")], options: [ArchiveOption.option])

    private let position: Position

    init(_ invocation: Invocation) throws(UsageError) {
        guard let number = Int64(invocation.arguments[0]), number >= 1 else {
            throw UsageError("POSITION is a whole number from 1")
        }
        position = Position(number)
    }

    func run(_ invocation: Invocation, on loop: EventLoop) async throws -> ExitCode {
        let access = try await LogAccess.open(
            invocation, program: "chat-audit", requiringSchema: true, on: loop)
        if let archived = access.archived, archived.events == nil, position <= archived.last {
            throw ToolFailure(.failed, archived.missing)
        }
        let reading = SealReading(try await access.auditing(), archived: access.archived)
        do {
            guard let proof = try await reading.proof(of: position) else {
                throw ToolFailure(.negative, "there is no seal over position \(position)")
            }
            StandardStream.output.write(JSONValue.object(proof.json).description + "\n")
            return .success
        } catch let defect as ProofDefect {
            throw ToolFailure(.negative, "\(defect)")
        }
    }
}
