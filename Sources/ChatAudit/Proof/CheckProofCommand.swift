import ChatApplication
import ChatDomain
import CommandLineTool
import JSONText
import LogArchive
import LogProof
import Reactor
import Sealing

/// `chat-audit check-proof`, which needs no database.
struct CheckProofCommand: AuditCommand {
    static let declaration = Command(
        "check-proof", "check what prove printed, without the database, and show the event that it proves",
        arguments: [Argument("FILE")], options: [ProofFiles.publicKey, .json])

    private let path: String
    private let keys: TrustedKeys?
    private let json: Bool

    init(_ invocation: Invocation) throws {
        path = invocation.arguments[0]
        keys = try ProofFiles.keys(invocation)
        json = invocation.flag("json")
    }

    func run(_ invocation: Invocation, on loop: EventLoop) async throws -> ExitCode {
        let proof = try ProofFiles.object(path).flatMap { InclusionProof($0) }
        let defect = proof.map { $0.defect(keys: keys) } ?? "the file is not what chat-audit prove prints"
        if keys == nil { StandardStream.error.write("the signature is not checked: there is no --public-key\n") }
        show(proof, defect)
        return defect == nil ? .success : .negative
    }

    private func show(_ proof: InclusionProof?, _ defect: String?) {
        var object: JSONObject = ["ok": .bool(defect == nil), "signature": .bool(keys != nil)]
        if let defect {
            object["reason"] = .string(defect)
        } else if let proof, let event = proof.event {
            object["event"] = .object(Self.members(event))
            object["seal"] = .object(proof.seal.json)
        }
        if json { return print(object) }
        guard let proof, let event = proof.event, defect == nil else {
            StandardStream.output.write("proves nothing: \(defect ?? "")\n")
            return
        }
        let head = proof.seal.head
        let node = DisplayText.printable(head.node.value)
        StandardStream.output.write("position \(event.position) is proved, as seal \(head.number) of node \(node) ")
        StandardStream.output.write(
            "at \(ArchiveTime.text(head.at)), epoch \(DisplayText.printable(head.epoch)), has it:\n")
        print(Self.members(event))
    }

    private func print(_ object: JSONObject) {
        StandardStream.output.write(JSONValue.object(object).description + "\n")
    }

    /// The event as it is stored: what was sealed stays sealed.
    private static func members(_ event: RecordedEvent) -> JSONObject {
        var members: JSONObject = [
            "position": .integer(event.position.value), "type": .string(event.type),
            "schema": .integer(Int64(event.schema)), "stream": .string(event.stream.value),
            "version": .integer(event.version), "at": .string(ArchiveTime.text(event.recordedAt)),
        ]
        if let actor = event.cause.actor { members["actor"] = .integer(actor.value) }
        if let session = event.cause.session { members["session"] = .string(session.value) }
        if let device = event.cause.device { members["device"] = .string(device) }
        if let node = event.node { members["node"] = .string(node.value) }
        if let cause = event.cause.reference { members["cause"] = .string(cause) }
        if !event.touched.isEmpty { members["touched"] = .array(event.touched.map { .string($0.value) }) }
        members["payload"] = (try? JSONValue.parse(event.payload)) ?? .string(Hexadecimal.text(event.payload))
        return members
    }
}
