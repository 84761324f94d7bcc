import CommandLineTool
import Foundation
import Reactor
import Sealing

/// `chat-audit keygen`.
struct KeygenCommand: AuditCommand {
    static let declaration = Command(
        "keygen", "make the key that nodes sign the log with, and print its public half",
        arguments: [Argument("FILE")])

    private let path: String

    init(_ invocation: Invocation) { path = invocation.arguments[0] }

    /// The file is made, never overwritten: what an older key signed would have no key any more.
    func run(_ invocation: Invocation, on loop: EventLoop) async throws -> ExitCode {
        let key = SigningKey.random()
        let text = Base64.encode(key.seed) + "\n"
        guard !FileManager.default.fileExists(atPath: path) else {
            throw ToolFailure(.failed, "there is a file \(DisplayText.printable(path)) already")
        }
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw ToolFailure(.failed, "\(DisplayText.printable(path)) cannot be written") }
        StandardStream.output.write(Base64.encode(key.verifyingKey.bytes) + "\n")
        return .success
    }
}
