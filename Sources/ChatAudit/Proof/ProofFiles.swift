import CommandLineTool
import Foundation
import JSONText
import LogProof

/// The files of keys, anchors and proofs, which come from elsewhere than the database.
enum ProofFiles {
    static let publicKey = Option.text(
        "public-key", "FILE",
        help: "check signatures: only keys in this file, one a line as keygen prints it, may have sealed")

    /// The keys of `--public-key`; nil if it is not given.
    static func keys(_ invocation: Invocation) throws -> TrustedKeys? {
        guard let path = invocation.text("public-key") else { return nil }
        guard let keys = TrustedKeys(text: try text(path)) else {
            throw ToolFailure(.failed, "\(DisplayText.printable(path)) does not hold public keys, one a line")
        }
        return keys
    }

    /// The seals of a file: one JSON object a line, or one over several lines.
    static func anchors(_ path: String) throws -> [Seal] {
        let text = try text(path)
        let whole = (try? JSONValue.parse(text)).map { [$0] }
        let values = try whole ?? text.split(whereSeparator: \.isNewline).map { try JSONValue.parse(String($0)) }
        let seals = values.compactMap { $0.objectValue.flatMap { Seal($0) } }
        guard !seals.isEmpty, seals.count == values.count else {
            throw ToolFailure(.failed, "\(DisplayText.printable(path)) is not what chat-audit anchor prints")
        }
        return seals
    }

    /// The object of a file; nil if it is no JSON object.
    static func object(_ path: String) throws -> JSONObject? {
        let text = try text(path)
        return (try? JSONValue.parse(text))?.objectValue
    }

    static func text(_ path: String) throws(ToolFailure) -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ToolFailure(.failed, "\(DisplayText.printable(path)) cannot be read")
        }
        return String(decoding: data, as: UTF8.self)
    }
}
