import CommandLineTool
import EventLogPostgres
import JSONText
import LogAccess
import LogProof
import Reactor

/// `chat-audit anchor`.
struct AnchorCommand: AuditCommand {
    static let declaration = Command(
        "anchor", "print the newest seal, to be kept elsewhere: verify --anchor proves that nothing before it changed",
        options: [ProofFiles.publicKey])

    private let keys: TrustedKeys?

    init(_ invocation: Invocation) throws { keys = try ProofFiles.keys(invocation) }

    func run(_ invocation: Invocation, on loop: EventLoop) async throws -> ExitCode {
        let access = try await LogAccess.open(
            invocation, program: "chat-audit", requiringSchema: true, on: loop)
        guard let seal = try await SealReading(try await access.auditing()).newest() else {
            throw ToolFailure(.negative, "nothing is sealed: no node was given an --audit-key")
        }
        if let defect = keys?.defect(of: seal) { throw ToolFailure(.negative, defect) }
        StandardStream.output.write(JSONValue.object(seal.json).description + "\n")
        return .success
    }
}
