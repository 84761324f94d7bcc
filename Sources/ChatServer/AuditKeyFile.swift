import CommandLineTool
import Foundation
import Sealing

/// The file of `chat-audit keygen`: a seed in base64.
enum AuditKeyFile {
    static func read(_ path: String) throws(ToolFailure) -> SigningKey {
        let shown = DisplayText.printable(path)
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ToolFailure(.failed, "the audit key \(shown) cannot be read")
        }
        let text = String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }
        guard let key = Base64.decode(text).flatMap({ SigningKey(seed: $0) }) else {
            throw ToolFailure(.failed, "\(shown) is no key of chat-audit keygen")
        }
        return key
    }
}
