import CommandLineTool
import Foundation
import JSONText

/// What the client keeps between runs: tokens and the history of typed lines, readable by the user alone.
struct StateFolder {
    /// What a kept token opens.
    enum Purpose: String {
        /// The session of the device, with its feed.
        case device
        /// Sessions without feed.
        case sending
    }

    let path: String

    /// `$XDG_STATE_HOME/parley`, else `~/.local/state/parley` (XDG Base Directory Specification).
    init(environment: [String: String] = Environment.variables) {
        let given = environment["XDG_STATE_HOME"] ?? ""
        let home = environment["HOME"] ?? NSHomeDirectory()
        path = (given.hasPrefix("/") ? given : home + "/.local/state") + "/parley"
    }

    var historyFile: String { path + "/history" }

    func token(server: String, user: String, device: String, purpose: Purpose) -> String? {
        guard let data = FileManager.default.contents(atPath: file(server, user, device, purpose)),
            let kept = try? JSONValue.parse(Array(data)), kept["server"]?.stringValue == server,
            kept["user"]?.stringValue == user, kept["device"]?.stringValue == device
        else { return nil }
        return kept["token"]?.stringValue
    }

    /// Keeps the token, or forgets the kept one if there is none. False if that failed.
    @discardableResult
    func keep(_ token: String?, server: String, user: String, device: String, purpose: Purpose) -> Bool {
        let file = file(server, user, device, purpose)
        guard let token else {
            try? FileManager.default.removeItem(atPath: file)
            return true
        }
        guard prepare() else { return false }
        let kept: JSONObject = [
            "server": .string(server), "user": .string(user), "device": .string(device), "token": .string(token),
        ]
        return Posix.writePrivately(JSONValue.object(kept).encoded() + [UInt8(ascii: "\n")], to: file)
    }

    /// The typed lines of earlier runs, the oldest first, at most `limit`.
    func history(limit: Int) -> [String] {
        guard let data = FileManager.default.contents(atPath: historyFile) else { return [] }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").suffix(limit).map(String.init)
        if data.count > limit * 1000 {
            _ = Posix.writePrivately(Array((lines.joined(separator: "\n") + "\n").utf8), to: historyFile)
        }
        return lines
    }

    func addToHistory(_ line: String) {
        guard prepare() else { return }
        Posix.appendPrivately(Array((line + "\n").utf8), to: historyFile)
    }

    /// The folder, for the user alone.
    private func prepare() -> Bool {
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
        return
            (try? FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: attributes)) != nil
    }

    /// Names may hold any character and be long, so a digest (FNV-1a) stands in the file's name; the file itself says
    /// whose token it holds.
    private func file(_ server: String, _ user: String, _ device: String, _ purpose: Purpose) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in "\(server)\n\(user)\n\(device)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return path + "/token-\(purpose.rawValue)-" + String(hash, radix: 16)
    }
}
